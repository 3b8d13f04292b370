package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"os/user"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"rightswire/internal/curate"
	"rightswire/internal/fetch"
	"rightswire/internal/link"
	"rightswire/internal/news"
	"rightswire/internal/tag"
	"rightswire/internal/text"
)

// A format is a kind of text that a key takes.
type format struct {
	// read returns the text in its canonical form, or what is wrong with it. It sees
	// no empty text.
	read func(d *decoder, s string) (string, *fault)
	// pattern and enum describe it to editors; "" and nil where they cannot.
	pattern string
	enum    []string
	bools   bool // true and false without quotes are texts of it too
}

// A fault is what is wrong with a text.
type fault struct {
	msg, hint string
	offset    int // bytes from its start
}

const (
	idPattern    = `^[a-z0-9][a-z0-9-]{0,63}$`
	urlPattern   = `^[Hh][Tt][Tt][Pp][Ss]?://[^/@\s]+(/\S*)?$`
	languageHint = "such as en, fa or zh-Hans"
	longestLine  = 1000  // bytes of a text of one line
	longestText  = 10000 // bytes of any other
)

var (
	siteIDs   = regexp.MustCompile(`^[a-z0-9]([a-z0-9.-]*[a-z0-9])?,[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$`)
	contacts  = regexp.MustCompile(`^([^\s@<>()]+@[^\s@<>()]+|https?://[^\s@<>()]+)$`)
	hosts     = regexp.MustCompile(`^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$`)
	agents    = regexp.MustCompile(`^[ -~]+$`)
	groups    = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.-]*$`)
	variables = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
)

var formats = map[string]format{
	"line":       {read: readLine},
	"prose":      {read: readProse},
	"id":         {read: readID, pattern: idPattern},
	"name":       {read: readName, pattern: idPattern},
	"url":        {read: readURL, pattern: urlPattern},
	"site-url":   {read: readSiteURL, pattern: urlPattern},
	"site-id":    {read: readSiteID, pattern: siteIDs.String()},
	"contact":    {read: readContact, pattern: contacts.String()},
	"language":   {read: readLanguage, pattern: `^[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8})*$`},
	"zone":       {read: readZone},
	"review":     oneOf(string(news.ReviewAuto), string(news.ReviewManual)),
	"kind":       oneOf(kinds()...),
	"page":       withBools(oneOf(string(news.PageAuto), string(news.PageTrue), string(news.PageFalse))),
	"country":    {read: readCountry, pattern: `^[A-Z]{2}$`},
	"rule":       {read: readRule},
	"listen":     {read: readListen, pattern: `:[0-9]{1,5}$`},
	"network":    {read: readNetwork, pattern: `^[0-9a-f.:]+/[0-9]{1,3}$`},
	"proxy":      {read: readProxy, pattern: `^$|^(socks5h|http)://`},
	"hub":        {read: readHub, pattern: `^(own|none|https?://\S+)$`},
	"agent":      {read: readAgent, pattern: agents.String()},
	"folder":     {read: readFolder},
	"file":       {read: readFile},
	"secret":     {read: readSecret},
	"credential": {read: readCredential},
	"variable":   {read: readVariable, pattern: `^$|` + variables.String()},
	"group":      {read: readGroup, pattern: `^$|` + groups.String()},
}

func kinds() []string {
	var ks []string
	for _, k := range news.Kinds() {
		ks = append(ks, string(k))
	}
	return ks
}

// oneOf is the format of a closed list.
func oneOf(list ...string) format {
	return format{enum: list, read: func(_ *decoder, s string) (string, *fault) {
		if slices.Contains(list, s) {
			return s, nil
		}
		return "", &fault{msg: fmt.Sprintf("%s is none of %s", quote(s), strings.Join(list, ", ")), hint: didYouMean(text.Nearest(s, list))}
	}}
}

func withBools(f format) format {
	f.bools = true
	return f
}

func readLine(_ *decoder, s string) (string, *fault) {
	if len(s) > longestLine {
		return "", &fault{msg: fmt.Sprintf("is longer than %d bytes", longestLine)}
	}
	if s = text.Line(s); s == "" {
		return "", &fault{msg: "has nothing to show"}
	}
	return s, nil
}

func readProse(_ *decoder, s string) (string, *fault) {
	if len(s) > longestText {
		return "", &fault{msg: fmt.Sprintf("is longer than %d bytes", longestText)}
	}
	return strings.TrimSpace(text.Clean(s)), nil
}

// readName reads an id that may be the desk's.
func readName(_ *decoder, s string) (string, *fault) {
	if news.ValidID(s) {
		return s, nil
	}
	return "", &fault{msg: quote(s) + " is no id", hint: "a to z, 0 to 9 and -, at most 64, not starting with -"}
}

func readID(d *decoder, s string) (string, *fault) {
	if s == string(news.DeskSource) {
		return "", &fault{msg: `"desk" is reserved`, hint: "it is the built-in source of items added by hand"}
	}
	return readName(d, s)
}

func readURL(_ *decoder, s string) (string, *fault) {
	if _, rest, found := strings.Cut(s, "://"); found && strings.IndexAny(rest, `/\?#`) == 0 {
		return "", &fault{msg: "URL has no host"} // a browser would take the path for one
	}
	u, err := link.Source(s)
	if err != nil {
		return "", &fault{msg: err.Error()}
	}
	return u, nil
}

func readSiteURL(d *decoder, s string) (string, *fault) {
	u, wrong := readURL(d, s)
	switch {
	case wrong != nil:
		wrong.msg = strings.TrimSuffix(wrong.msg, " (use auth_file or auth_env)")
		return "", wrong
	case strings.ContainsAny(s, "?#"):
		return "", &fault{msg: "URL has a query or a fragment", hint: "paths are appended to it"}
	}
	return strings.TrimRight(u, "/"), nil
}

func readSiteID(_ *decoder, s string) (string, *fault) {
	if siteIDs.MatchString(s) {
		return s, nil
	}
	return "", &fault{msg: quote(s) + " is no authority for ids", hint: "a domain and a year in which it was yours: rights.example.org,2026"}
}

func readContact(_ *decoder, s string) (string, *fault) {
	if len(s) <= longestLine && contacts.MatchString(s) {
		return s, nil
	}
	return "", &fault{msg: quote(s) + " is neither an e-mail address nor a URL"}
}

func readLanguage(_ *decoder, s string) (string, *fault) {
	if tag := text.Language(s); tag != "" {
		return tag, nil
	}
	return "", &fault{msg: quote(s) + " is no language tag", hint: languageHint}
}

func readZone(_ *decoder, s string) (string, *fault) {
	if _, err := time.LoadLocation(s); err != nil {
		return "", &fault{msg: quote(s) + " is no known time zone", hint: "such as UTC or Asia/Seoul"}
	}
	return s, nil
}

// misnamed are codes that people write for others.
var misnamed = map[string]string{"UK": "GB", "EL": "GR", "KO": "KR", "JA": "JP"}

func readCountry(_ *decoder, s string) (string, *fault) {
	if tag.IsCountry(s) {
		return s, nil
	}
	wrong := &fault{msg: "unknown country " + quote(s), hint: "two capital letters of ISO 3166-1, such as KP"}
	upper := strings.ToUpper(s)
	switch {
	case s == "*":
		wrong.hint = "leave countries out for the whole world"
	case tag.IsCountry(upper):
		wrong.hint = didYouMean(upper)
	case misnamed[upper] != "":
		wrong.hint = didYouMean(misnamed[upper])
	case len(s) > 3:
		if code := countryNamed(s); code != "" {
			wrong.hint = didYouMean(code)
		}
	}
	return "", wrong
}

// countryNamed returns the code of the country that an English name, or one near
// it, means.
func countryNamed(name string) string {
	codes := tag.CountryCodes()
	names := make([]string, len(codes))
	for i, code := range codes {
		names[i] = tag.CountryName(news.Country(code), "en")
	}
	if i := slices.Index(names, text.Nearest(name, names)); i >= 0 {
		return codes[i]
	}
	return ""
}

func readRule(d *decoder, s string) (string, *fault) {
	s = strings.TrimRight(s, " \n") // how a block ends is no part of the rule
	e, err := curate.Compile(s)
	if err == nil {
		d.rules[s] = e
		return s, nil
	}
	if bad, ok := errors.AsType[*curate.ExprError](err); ok {
		return "", &fault{msg: bad.Msg, hint: bad.Hint, offset: bad.Offset}
	}
	return "", &fault{msg: err.Error()}
}

func readListen(_ *decoder, s string) (string, *fault) {
	const hint = "write host:port, such as 127.0.0.1:8080, [::1]:8080 or :8080"
	host, port, err := net.SplitHostPort(s)
	if err != nil {
		return "", &fault{msg: quote(s) + " is no address to listen on", hint: hint}
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || strconv.FormatUint(n, 10) != port {
		return "", &fault{msg: fmt.Sprintf("port %s is no number from 0 to 65535", quote(port)), hint: hint}
	}
	if _, err := netip.ParseAddr(host); err == nil || host == "" {
		return s, nil
	}
	if last := host[strings.LastIndexByte(host, '.')+1:]; !hosts.MatchString(host) || strings.Trim(last, "0123456789") == "" {
		return "", &fault{msg: fmt.Sprintf("%s is neither an address nor a host name", quote(host)), hint: hint}
	}
	return s, nil
}

func readNetwork(_ *decoder, s string) (string, *fault) {
	p, err := netip.ParsePrefix(s)
	if err == nil && p == p.Masked() {
		return s, nil
	}
	wrong := &fault{msg: quote(s) + " is no network", hint: "write 127.0.0.0/8 or fd00::/8"}
	if addr, bad := netip.ParseAddr(s); bad == nil && addr.Zone() == "" {
		wrong.hint = "write " + netip.PrefixFrom(addr, addr.BitLen()).String()
	} else if err == nil {
		wrong.msg, wrong.hint = quote(s)+" has bits beyond its length", "write "+p.Masked().String()
	}
	return "", wrong
}

func readProxy(_ *decoder, s string) (string, *fault) {
	if err := fetch.CheckProxy(s); err != nil {
		return "", &fault{msg: err.Error()}
	}
	if u, err := url.Parse(s); err != nil || u.User != nil {
		return "", &fault{msg: "URL contains a user or password"}
	}
	return s, nil
}

func readHub(d *decoder, s string) (string, *fault) {
	if s == "own" || s == "none" {
		return s, nil
	}
	u, wrong := readURL(d, s)
	if wrong != nil {
		return "", &fault{msg: quote(s) + " is neither own, none nor the URL of a hub"}
	}
	return u, nil
}

func readAgent(_ *decoder, s string) (string, *fault) {
	if len(s) <= 200 && agents.MatchString(s) {
		return s, nil
	}
	return "", &fault{msg: "has other than 1 to 200 printable ASCII characters"}
}

func (d *decoder) absolute(path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(d.folder, path)
}

func readFolder(d *decoder, s string) (string, *fault) {
	path := d.absolute(s)
	if info, err := os.Stat(path); err == nil && !info.IsDir() {
		return "", &fault{msg: path + " is no folder"}
	}
	return path, nil
}

func readFile(d *decoder, s string) (string, *fault) {
	path := d.absolute(s)
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return "", &fault{msg: "there is no file " + quote(path)}
	case !info.Mode().IsRegular():
		return "", &fault{msg: quote(path) + " is no file"}
	}
	return path, nil
}

// readSecret reads the path of a file that not everybody may read.
func readSecret(d *decoder, s string) (string, *fault) {
	path, wrong := readFile(d, s)
	if wrong != nil {
		return "", wrong
	}
	if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o007 != 0 {
		return "", &fault{msg: fmt.Sprintf("%s can be read by everybody: permissions %#o", quote(path), info.Mode().Perm()), hint: "chmod o= it"}
	}
	return path, nil
}

// readCredential reads the path of a secret file whose text is part of the
// configuration.
func readCredential(d *decoder, s string) (string, *fault) {
	if path := d.absolute(s); !slices.Contains(d.files, path) {
		d.files = append(d.files, path) // a bad one too: mended, it changes what this file says
	}
	return readSecret(d, s)
}

// readVariable reads the name of an environment variable. What is none is not
// repeated: it may be the secret itself.
func readVariable(_ *decoder, s string) (string, *fault) {
	if variables.MatchString(s) {
		return s, nil
	}
	return "", &fault{msg: "is no name of an environment variable", hint: "letters, digits and _; the variable holds the secret"}
}

func readGroup(_ *decoder, s string) (string, *fault) {
	if !groups.MatchString(s) {
		return "", &fault{msg: quote(s) + " is no name of a group"}
	}
	if _, err := user.LookupGroup(s); err != nil {
		return "", &fault{msg: "this machine has no group " + quote(s)}
	}
	return s, nil
}
