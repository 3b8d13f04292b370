"""Judges what package parse made of feedparser's tests by their own assertions.

Usage: feedparser.py judge RESULTS
       feedparser.py dates tests/test_date_parsers.py

RESULTS holds one JSON object a line: the path of a test, and what came of it.
For each test one JSON object is printed: its verdict (pass, miss, not kept, no
test), the class of a miss or the field that is not kept, the expression, and what
we gave. The second form prints the dates that feedparser tests and what they say.

An assertion is a Python expression on the dictionaries that feedparser returns.
Its parts ("a and b") are judged one by one: those on fields that parse does not
keep are left out, and a test of nothing else is "not kept".
"""

import ast
import codecs
import collections
import datetime
import email.utils
import html.parser
import json
import re
import sys
import urllib.parse

EXPECT = re.compile(r"Description:\s*(.*?)\s*Expect:\s*(.*)\s*-->")

# What parse keeps, as feedparser names it.
TEXT = r"(_detail(\.(value|type|language|base))?)?"
PERSON = r"author|author_detail|author_detail\.(name|email|href|url)|authors|authors\.(name|email|href|url)"
KEPT = re.compile(
    r"encoding|entries"
    r"|feed\.(title|title_detail\.value|link|links|links\.(href|rel)|language)"
    rf"|entries\.((title|summary|description){TEXT}|(rights|copyright)(_detail\.value)?"
    r"|content|content\.(value|type|language|base)"
    r"|link|links|links\.(href|rel)|id|guid|language"
    r"|(published|updated|created|issued|modified)(_parsed)?"
    rf"|{PERSON}|tags|tags\.(term|scheme|label)|category|categories"
    r"|enclosures|enclosures\.(href|url|type|length)|media_content|media_content\.(url|type|filesize)"
    rf"|source|source\.(title|title_detail\.value|href|url|rights|rights_detail\.value|{PERSON}))"
)

# Why we differ on purpose.
NO_ENTRY = "by design: an entry is dropped that nothing identifies, or the same as another"
NO_FEED = "by design: a document that says nothing is refused"
RAW_ID = "by design: an id is kept as said"
NARROW = "by design: markup allows fewer elements, attributes and addresses"
SWALLOWED = "markup drops what browsers do not show as text: frames, objects, scripts, drawings, comments"
VIA = "by design: of an entry's source its title is kept, else its address"
OTHER_LINKS = "by design: of the links the article's and enclosures are kept, in no order"
NO_HEADER = "by design: the header Content-Language is not looked at"
NO_DTD = "by design: entities that a document declares are not expanded"
PLAIN = "by design: a feed's title is plain text, and an image is none"
HTML5 = "by design: &lang; and &rang; are those of HTML 5"

UNSHOWN = re.compile(r"<(script|style|i?frame|object|embed|applet|svg|math|!)", re.I)


class Missing(KeyError):
    """A field that the result does not have."""


class Dict(dict):
    __getattr__ = __getitem__ = lambda self, key: self.find(key)

    def find(self, key):
        key = "href" if key == "url" and key not in self else key  # as in feedparser
        if key not in self:
            raise Missing(key)
        return dict.__getitem__(self, key)

    def has_key(self, key):
        return key in self


class Value(str):
    """A string that is equal to whatever means the same."""

    __hash__ = str.__hash__

    def __ne__(self, other):  # str has its own
        return not self == other

    def __init_subclass__(cls):
        cls.__hash__ = str.__hash__  # a class with __eq__ alone has none


class Link(Dict):
    """Of a link only the address and its relation are kept."""

    def __eq__(self, other):
        return all(self.get(k) == other.get(k) for k in ("href", "rel"))


class Tokens(html.parser.HTMLParser):
    """HTML as a list of what it says, however it is spelled."""

    VOID = {"br", "hr", "img", "col", "wbr", "area", "input"}

    def __init__(self, source):
        super().__init__(convert_charrefs=True)
        self.list = []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag, attrs):
        kept = sorted((k, canonical(v or "") if k in ("href", "src") else v) for k, v in attrs if k != "rel")
        self.list.append(("start", tag, tuple(kept)))

    handle_startendtag = handle_starttag

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            self.list.append(("end", tag, ()))

    def handle_data(self, data):
        if self.list and self.list[-1][0] == "text":
            data = self.list.pop()[1] + data
        self.list.append(("text", data, ()))


def tokens(source):
    found = [(k, v.strip() if k == "text" else v, a) for k, v, a in Tokens(source.strip()).list]
    found = [t for t in found if t[1]]
    while len(found) > 1 and found[0][:2] == ("start", "div") and found[-1][:2] == ("end", "div"):
        found = found[1:-1]
    return found


def words(found):
    return "".join("".join(v for k, v, _ in found if k == "text").split())


class Text(Value):
    """A text: as said, or as markup makes it safe."""

    def __new__(cls, said, safe=None):
        self = super().__new__(cls, said)
        self.safe = safe
        return self

    def __eq__(self, other):
        if not isinstance(other, str):
            return False
        if str.__eq__(self, other):
            return True
        return self.safe is not None and tokens(self.safe) == tokens(other)

    def lacks(self, other):
        """The class of what other has and it has not, or None."""
        if self.safe is None:
            return None
        ours, theirs = tokens(self.safe), tokens(other)
        if words(ours) == words(theirs):
            tags = [collections.Counter((k, v) for k, v, _ in found if k != "text") for found in (ours, theirs)]
            return NARROW if tags[0] <= tags[1] else None
        return SWALLOWED if words(ours) in words(theirs) and UNSHOWN.search(self) else None


class Plain(Value):
    """Plain text: right if it says what the HTML says, and that is something."""

    def __eq__(self, other):
        said = "".join(self.split())
        return isinstance(other, str) and (said == "".join(other.split()) or said and said == words(tokens(other)))


class Address(Value):
    """A URL, however it is spelled."""

    def __eq__(self, other):
        return isinstance(other, str) and canonical(self) == canonical(other)


def canonical(url):
    """Hosts are the same in either case, and bytes with or without percent-encoding."""
    try:
        scheme, host, *rest = urllib.parse.urlsplit(str.__str__(url).strip())
    except ValueError:
        return url
    return scheme, host.lower(), *map(urllib.parse.unquote, rest)


class Moment(Value):
    """A date as a string: right if it says the same moment."""

    def __new__(cls, when):
        self = super().__new__(cls, when.isoformat())
        self.when = when
        return self

    def __eq__(self, other):
        for read in (email.utils.parsedate_to_datetime, datetime.datetime.fromisoformat):
            try:
                when = read(other)
            except (ValueError, TypeError):
                continue
            if when.tzinfo is None:
                when = when.replace(tzinfo=datetime.timezone.utc)
            return when == self.when
        return False


class Tag(Value):
    """A language tag or media type, whose case means nothing."""

    def __eq__(self, other):
        return isinstance(other, str) and self.lower() == other.lower()


class Type(Tag):
    """The type of a text: XHTML is HTML to us."""

    def __eq__(self, other):
        return super().__eq__({"application/xhtml+xml": "text/html"}.get(other, other))


class Encoding(Value):
    """A character set: right if the document reads the same in it."""

    def __new__(cls, data, decoded):
        self = super().__new__(cls, "?")
        self.data, self.decoded = data, decoded
        return self

    def __eq__(self, other):
        try:
            text = self.data.decode(codecs.lookup(other).name, "replace")
        except LookupError:
            return False
        spoken = lambda s: "".join(c for c in s if c > " " and c not in "\ufeff\ufffd\ufffe\uffff\x7f")
        return spoken(text) == spoken(self.decoded)


def detail(text, safe, entry):
    value = Text(text["Value"], safe if text["HTML"] else None)
    return Dict(
        value=value,
        type=Type("text/html" if text["HTML"] else "text/plain"),
        language=Tag(entry["Language"]) if entry["Language"] else None,
        base=entry["Base"],
    )


def person(author):
    said = dict(name=author["Name"], email=author["Email"], href=author["URL"])
    return Dict({k: v for k, v in said.items() if v})


def spelled(author):
    if author["Name"] and author["Email"]:
        return f"{author['Name']} ({author['Email']})"
    return author["Name"] or author["Email"]


def people(authors):
    if not authors:
        return Dict()
    listed = [person(a) for a in authors]
    return Dict(author=spelled(authors[0]), author_detail=listed[0], authors=listed)


def dates(entry):
    found = Dict()
    said = {k: datetime.datetime.fromisoformat(entry[k]) for k in ("Published", "Updated") if entry[k][:4] != "0001"}
    # As in feedparser, what was not updated since was updated then.
    named = {"published": said.get("Published"), "updated": said.get("Updated") or said.get("Published"),
             "created": said.get("Published") or said.get("Updated")}
    named |= {"issued": named["published"], "modified": named["updated"]}
    for name, when in named.items():
        if when:
            found[name], found[name + "_parsed"] = Moment(when), when.utctimetuple()
    return found


def entry_of(entry, safe):
    d = Dict(people(entry["Authors"]), **dates(entry))
    title, summary, content = (entry[k]["Value"] and detail(entry[k], safe[k], entry) for k in ("Title", "Summary", "Content"))
    if title:
        d["title_detail"] = title
    if content:
        d["content"] = [content]
    if summary or content:
        d["summary_detail"] = d["description_detail"] = summary or content
    if entry["Rights"]:
        d["rights_detail"] = d["copyright_detail"] = Dict(value=Plain(entry["Rights"]))
    for name in ("title", "summary", "description", "rights", "copyright"):
        if name + "_detail" in d:
            d[name] = d[name + "_detail"]["value"]
    if entry["Link"]:
        d["link"] = Address(entry["Link"])
    if entry["GUID"]:
        d["id"] = d["guid"] = entry["GUID"]
    if entry["Language"]:
        d["language"] = Tag(entry["Language"])
    if entry["Categories"]:
        d["tags"] = [Dict(term=c["Term"], scheme=c["Scheme"] or None, label=c["Label"] or None)
                     for c in entry["Categories"]]
        d["category"] = d["tags"][0]["term"]
        d["categories"] = [(t["scheme"], t["term"]) for t in d["tags"]]
    media = [(Address(e["URL"]), e["Type"], str(e["Length"])) for e in entry["Enclosures"] or []]
    d["enclosures"] = [Dict(href=u, type=t, length=n) for u, t, n in media]
    d["media_content"] = [Dict(url=u, type=t, filesize=n) for u, t, n in media]
    d["links"] = [Link(href=d["link"], rel="alternate")] if entry["Link"] else []
    d["links"] += [Link(href=u, rel="enclosure") for u, _, _ in media]
    # What an entry's source says of author and rights, the entry inherits.
    via = entry["Via"]
    d["source"] = Dict(people(entry["Authors"]), title=Plain(via), title_detail=Dict(value=Plain(via)),
                       href=Address(via))
    if entry["Rights"]:
        d["source"].update(rights=d["rights"], rights_detail=d["rights_detail"])
    return d


def feed_of(head):
    title = Plain(head["Title"])
    d = Dict(links=[], title=title, title_detail=Dict(value=title))
    if head["Link"]:
        d["link"] = Address(head["Link"])
        d["links"] = [Link(href=d["link"], rel="alternate")]
    if head["Language"]:
        d["language"] = Tag(head["Language"])
    return d


def path(node):
    """The names that an expression such as entries[0]['a'].b goes through."""
    names = []
    while True:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr in ("get", "has_key"):
                names.append(node.args[0].value)
            node = node.func.value
        elif isinstance(node, ast.Attribute):
            names.append(node.attr)
            node = node.value
        elif isinstance(node, ast.Subscript):
            if isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
                names.append(node.slice.value)
            node = node.value
        elif isinstance(node, ast.Name):
            names.append(node.id)
            return ".".join(reversed(names))
        else:
            return ""


def paths(node):
    """The fields that an expression looks at."""
    if isinstance(node, ast.Compare) and isinstance(node.ops[0], (ast.In, ast.NotIn)) and isinstance(node.left, ast.Constant):
        return [f"{path(node.comparators[0])}.{node.left.value}"]
    if isinstance(node, (ast.Attribute, ast.Subscript, ast.Name)) or isinstance(node, ast.Call) and path(node):
        return [path(node)]
    children = node.args if isinstance(node, ast.Call) else ast.iter_child_nodes(node)
    return [p for child in children for p in paths(child)]


def parts(expression):
    tree = ast.parse(expression, mode="eval").body
    return tree.values if isinstance(tree, ast.BoolOp) and isinstance(tree.op, ast.And) else [tree]


def other_links(node):
    """Whether it asks for a link that is neither the article's nor an enclosure's."""
    asked = [v.value for d in ast.walk(node) if isinstance(d, ast.Dict) for k, v in zip(d.keys, d.values) if k.value == "rel"]
    if paths(node)[0].endswith("links.rel"):
        asked.append(node.comparators[0].value)
    return any(rel not in ("alternate", "enclosure") for rel in asked)


def judge_part(node, env):
    """None where it holds, else what is wrong: (class, what we gave)."""
    field = paths(node)[0]
    try:
        if value_of(node, env):
            return None
        gave = value_of(node.left if isinstance(node, ast.Compare) else node, env)
    except Missing as e:
        return f"{field}: {e.args[0]} is absent", ""
    except IndexError:
        if ".links" in field and (env["entries"] or field.startswith("feed.")):
            return OTHER_LINKS, ""
        return f"{field}: there are {'fewer' if env['entries'] else 'none'}", ""
    except TypeError as e:  # ord() of a longer text
        return f"{field}: differs", str(e)
    how = "differs"
    if isinstance(gave, Text) and gave.safe is None and "<" in gave:
        how = "taken for plain text"
    shown = gave.safe if isinstance(gave, Text) and gave.safe is not None else gave
    return known(field, node, gave) or f"{field}: {how}", repr(shown)[:500]


def value_of(node, env):
    return eval(compile(ast.Expression(node), "", "eval"), {"datetime": datetime}, env)


def known(field, node, gave):
    """The class of a difference whose reason is known, or None."""
    try:
        expected = value_of(node.comparators[-1], {})
    except (AttributeError, NameError):
        return None
    if not isinstance(expected, str) or not isinstance(gave, str):
        return None
    if field in ("entries.id", "entries.guid") and expected.endswith(gave.lstrip("./")):
        return RAW_ID
    if field.endswith("links.rel"):
        return OTHER_LINKS
    if field in ("entries.source.href", "entries.source.url"):
        return VIA
    if expected.translate({0x2329: "\u27e8", 0x232A: "\u27e9"}) == gave:
        return HTML5
    if isinstance(gave, Plain) and not gave and not words(tokens(expected)):
        return PLAIN
    return gave.lacks(expected) if isinstance(gave, Text) else None


def text_of(data):
    """A test as text: its expectation stands in a comment, in the test's own encoding."""
    wide = {b"\0\0\0<": "utf-32-be", b"<\0\0\0": "utf-32-le", b"\0<\0?": "utf-16-be", b"<\0?\0": "utf-16-le"}
    if data.startswith((codecs.BOM_UTF32_BE, codecs.BOM_UTF32_LE)):
        return data.decode("utf-32")
    if data[:4] in wide:
        return data.decode(wide[data[:4]])
    if data.startswith((codecs.BOM_UTF16_BE, codecs.BOM_UTF16_LE)):
        return data.decode("utf-16")
    return data.decode("utf-8", "ignore")


def keeps(node):
    """Whether a part of an assertion looks at nothing but what parse keeps."""
    fields = [p for p in paths(node) if p != "bozo"]
    return fields and all(map(KEPT.fullmatch, fields)) and not (".links" in fields[0] and other_links(node))


def judge(run):
    with open(run["path"], "rb") as f:
        data = f.read()
    text = text_of(data)
    if not (said := EXPECT.search(text)):
        return dict(verdict="no test")
    expression = said.group(2).strip()
    report, nodes = dict(expression=expression), parts(expression)
    kept = [n for n in nodes if keeps(n)]
    if not kept:
        fields = [p for n in nodes for p in paths(n) if p != "bozo"]
        return dict(report, verdict="not kept", **{"class": fields[0] if fields else "nothing but bozo"})
    faults = faults_of(run, data, kept)
    if faults and "padded" in run:
        faults = faults_of(run["padded"], data, kept)
        if "'id'" in expression:
            faults = [(NO_ENTRY, "")]
        elif not faults:
            return dict(report, verdict="pass", **{"class": "padded"})
    if not faults:
        return dict(report, verdict="pass")
    fault, gave = faults[0]
    if "<!ENTITY" in text:
        fault = NO_DTD
    elif "Content-Language" in text:
        fault = NO_HEADER
    return dict(report, verdict="miss", gave=gave, **{"class": fault})


def faults_of(run, data, kept):
    encoding = Encoding(data, run["decoded"])
    if "error" not in run:
        result = run["result"]
        entries = [entry_of(e, s) for e, s in zip(result["Entries"] or [], run["safe"] or [])]
        env = Dict(bozo=False, encoding=encoding, feed=feed_of(result["Head"]), entries=entries)
    elif all(paths(n) == ["encoding"] for n in kept):
        env = Dict(encoding=encoding)  # decoding comes first, whatever is said of the document then
    else:
        return [(NO_FEED if "says nothing" in run["error"] else f"{paths(kept[0])[0]}: refused", run["error"])]
    return [f for f in (judge_part(n, env) for n in kept) if f]


def dates_of(path):
    """The dates of feedparser's own table: (as written, moment or None)."""
    with open(path, encoding="utf-8") as f:
        tree = ast.parse(f.read())
    for node in ast.walk(tree):
        if not isinstance(node, ast.Tuple) or len(node.elts) != 3 or not isinstance(node.elts[0], ast.Name):
            continue
        raw, expected = map(ast.literal_eval, node.elts[1:])
        if raw:
            yield raw, expected and datetime.datetime(*expected[:6]).isoformat() + "Z"


def main():
    if sys.argv[1] == "dates":
        for raw, expected in dates_of(sys.argv[2]):
            print(json.dumps(dict(raw=raw, expected=expected or "")))
        return
    with open(sys.argv[2], encoding="utf-8") as f:
        for line in f:
            run = json.loads(line)
            print(json.dumps(dict(judge(run), file=run["file"])))


main()
