"""Reads a feed from standard input with feedparser; prints what it found as JSON."""
import calendar
import html
import json
import sys

import feedparser

feed = feedparser.parse(sys.stdin.buffer.read(), sanitize_html=False, resolve_relative_uris=False)
if feed.bozo:
    sys.exit("not well-formed: %s" % feed.bozo_exception)

entries = []
for e in feed.entries:
    full = e.get("content")
    description = e.get("summary_detail", {})
    summary = description.get("value", "") if full else ""
    if description.get("type") == "text/html":  # an RSS description is markup
        summary = html.unescape(summary)
    entries.append({
        "id": e.id,
        "title": e.title,
        "link": e.link,
        "lang": e.get("dc_language") or e.get("language") or (e.title_detail.language or ""),
        "published": calendar.timegm(e.published_parsed) if "published" in e else 0,
        "updated": calendar.timegm(e.updated_parsed) if "updated" in dict.keys(e)
                   else calendar.timegm(e.published_parsed) if "published" in e else 0,
        "authors": [a.name for a in e.authors],
        "categories": [t.term for t in e.get("tags", [])],
        "enclosures": ["%s %s %s" % (n.href, n.type, n.get("length", "0")) for n in e.get("enclosures", [])],
        "links": ["%s %s" % (l.rel, l.href) for l in e.links if l.rel in ("related", "via")],
        "source": e.source.title,
        "rights": e.get("rights", ""),
        "body": full[0].value if full else description.get("value", ""),
        "summary": summary,
    })
json.dump(entries, sys.stdout)
