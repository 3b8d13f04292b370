package markup

import (
	"fmt"
	"strings"
	"testing"
)

// trackers are images and attributes whose only purpose is to tell that somebody
// reads, each with what may be left of it.
func trackers() []string {
	var all []string
	for _, size := range []string{
		`width="1" height="1"`, `width=0 height=0`, `width='1px' height='1px'`, `width="1"`, `height="1"`, `height="0"`, `width=" 1 "`, `width="0.5"`,
		`style="width:1px;height:1px"`, `style="WIDTH: 0"`, `style="display:none"`, `style="display: none !important"`, `style="visibility:hidden"`,
		`style="opacity:0"`, `style="position:absolute;left:-9999px"`, `style="max-height:0px"`, `style="color:red;height:1px"`, `hidden`,
		`hidden=""`, `style="text-indent:-1000px"`,
	} {
		for _, tag := range []string{`<img src="https://t.example/p?u=1" %s>`, `<p>x<img %s src="//t.example/p.png" alt="">`,
			`<a href="https://t.example/"><img src="https://t.example/o" %s/></a>`, `<div %[1]s><img src="https://t.example/h.jpg" %[1]s></div>`} {
			all = append(all, fmt.Sprintf(tag, size))
		}
	}
	for _, host := range trackerHosts {
		all = append(all, `<img src="https://`+host+`/x/image.png">`, `<img src="//a1.`+host+`/i?id=2" width=300>`)
	}
	for _, path := range trackerPaths {
		all = append(all, `<img src="https://cdn.example`+path+`?id=3">`, `<img alt="x" src="/deep/er`+strings.ToUpper(path)+`#a">`)
	}
	for _, attr := range []string{
		`srcset="https://t.example/a 1x, https://t.example/b 2x"`, `lowsrc="https://t.example/"`, `dynsrc="https://t.example/"`,
		`longdesc="https://t.example/"`, `usemap="https://t.example/"`, `data-src="https://t.example/"`, `onload="t()"`,
		`style="background:url(https://t.example/)"`, `crossorigin`, `referrerpolicy="unsafe-url"`, `attributionsrc="https://t.example/"`,
	} {
		all = append(all, `<img src="https://news.example.org/i.jpg" `+attr+`>`)
	}
	return append(all,
		`<a href="https://news.example.org/" ping="https://t.example/">x</a>`, `<video poster="https://t.example/p.jpg"><source src="https://news.example.org/v.mp4"></video>`,
		`<img src="https://www.facebook.com/tr?id=1&ev=PageView&noscript=1">`, `<iframe src="https://t.example/"></iframe>`,
		`<picture><source srcset="https://t.example/a.webp"><img src="https://news.example.org/i.jpg"></picture>`,
		`<input type="image" src="https://t.example/">`, `<body background="https://t.example/">`, `<table background="https://t.example/"><tr><td>x</table>`,
		`<link rel="prefetch" href="https://t.example/">`, `<object data="https://t.example/"></object>`, `<embed src="https://t.example/">`,
		`<bgsound src="https://t.example/">`, `<style>p{background:url(https://t.example/)}</style>`, `<svg><image href="https://t.example/"/></svg>`,
		`<script src="https://t.example/"></script>`, `<div style="display:none">x<p><img src="https://t.example/i.jpg"></div>`)
}

func TestTrackersAreRemoved(t *testing.T) {
	all := trackers()
	if len(all) < 200 {
		t.Errorf("only %d trackers", len(all))
	}
	for _, in := range all {
		for _, images := range []bool{true, false} {
			out := Safe(source(in), testBase, images)
			withoutLinks := strings.ReplaceAll(out, `<a href="https://t.example/"`, "")
			if strings.Contains(withoutLinks, "t.example") || strings.Contains(out, "<img") && !strings.Contains(out, `<img src="https://news.example.org/i.jpg"/>`) {
				t.Errorf("images %v: %s\nleaves %s", images, in, out)
			}
			for _, u := range Media(source(in), testBase) {
				if tracker(u) {
					t.Errorf("%s has media %s", in, u)
				}
			}
		}
	}
	t.Logf("%d trackers", len(all))
}

func TestPicturesAreKept(t *testing.T) {
	for _, in := range []string{
		`<img src="/i.jpg" width="600" height="400">`, `<img src="/i.jpg" width="100%">`, `<img src="/i.jpg" style="width:100%;height:auto">`,
		`<img src="/i.jpg" style="max-width:1200px;left:0">`, `<img src="/wp-content/open-letter.png">`, `<img src="/pixel-art.gif">`,
		`<img src="https://cdn.example/facebook.com/tr.jpg">`, `<img src="https://notxiti.com/i.jpg">`, `<img src="/i.jpg" style="opacity:0.5;:;x">`,
	} {
		if out := Safe(source(in), testBase, true); !strings.HasPrefix(out, "<img src=") {
			t.Errorf("%s\nis %q", in, out)
		}
	}
}

func TestCleanLinksAreUntouched(t *testing.T) {
	for i := range 500 {
		u := fmt.Sprintf("https://news%d.example.org/%%D0%%B0/archive.php?article_id=%d&p=%d&lang=en&x=a|b%%20c#s%d", i, i, i*7, i)
		out := Safe(source(`<a href="`+strings.ReplaceAll(u, "&", "&amp;")+`">x</a>`), testBase, true)
		want := `<a href="` + strings.ReplaceAll(u, "&", "&amp;") + `" rel="nofollow noopener noreferrer">x</a>`
		if out != want {
			t.Errorf("got %s\nwant %s", out, want)
		}
	}
}
