package link

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// Names of parameters, in lower case and without "-", "_" and ".".
var (
	// secretParts make a parameter's name a secret's wherever they stand in it.
	secretParts = []string{
		"accesskey", "apikey", "authkey", "credential", "feedkey", "jwt", "passphrase", "passwd", "password",
		"privatekey", "rsskey", "secret", "signature", "subscriptionkey", "token", "userkey",
	}
	// secretNames are secrets' as they are; sorted.
	secretNames = []string{"authorization", "bearer", "pass", "pwd"}
	// keyNames are secrets' where the value looks like a key; sorted.
	keyNames = []string{
		"auth", "authcode", "code", "digest", "h", "hash", "hmac", "jsessionid", "k", "key", "mac", "md5", "phpsessid",
		"pin", "session", "sessionid", "sid", "sig", "sign", "skey", "sso", "ticket",
	}
	// userNames say whose feed it is; sorted.
	userNames = []string{"account", "email", "login", "member", "memberid", "u", "uid", "user", "userid", "username"}
	// flags are values that turn something on or say how; sorted.
	flags = []string{"basic", "false", "no", "none", "null", "off", "on", "true", "yes"}
)

// secretWords announce a secret in a path: "/private/x", "private-x", "secret:x".
var secretWords = []string{"auth", "key", "personal", "private", "secret", "token", "unlisted"}

// secretPaths are parts of services' paths that a reader's own number or short
// token follows: Google Alerts, NewsBlur.
var secretPaths = []string{"/alerts/feeds/", "/folder_rss/", "/starred_rss/"}

var (
	// uuid is public where nothing says otherwise: podcast hosts and publishing
	// systems name each feed by one.
	uuid = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
	// publicID are names that look random and are public: database ids of 24
	// hexadecimal digits, UUIDs of versions 1 and 4 without hyphens, YouTube channels
	// and playlists, Google News topics, Nostr keys, IPFS and IPNS names.
	publicID = regexp.MustCompile(`^([0-9a-f]{24}|[0-9a-f]{12}[14][0-9a-f]{3}[89ab][0-9a-f]{15}|UC[\w-]{22}|(PL|UU)[\w-]{16,40}|CA[AQ][\w-]+|npub1[0-9a-z]{58}|` +
		`k51[0-9a-z]{50,}|baf[0-9a-z]{50,}|Qm[0-9A-Za-z]{44})$`)
	// webToken is a JSON Web Token (RFC 7519).
	webToken = regexp.MustCompile(`^eyJ[\w-]+\.[\w-]+\.[\w-]*$`)
	// extension ends the names of feeds.
	extension = regexp.MustCompile(`\.[a-z]{2,5}$`)
)

// HasSecret reports whether an address carries what only its owner should have, so
// that whoever reads it can read, or act, in the owner's name. It is one that has
//
//   - a user or password before its host;
//   - a parameter, in query, path or fragment, named for a secret (token, api_key,
//     password, signature and the like), unless its value is a mere flag;
//   - a parameter named for what may be one (key, auth, hash, sig, code, session and
//     the like) whose value looks like a key: 8 characters or more in which letters
//     and digits alternate;
//   - a parameter that says whose feed it is (user, uid, u) beside one that looks
//     like a key and is not named an id;
//   - in a path, what looks like a key behind a word that says so ("/private/…",
//     "private-…", "secret:…"), or a service's place for it (Google Alerts, NewsBlur);
//   - a JSON Web Token anywhere;
//   - whatever it is called, a random name of 20 characters or more in the path, of 32
//     or more in a parameter that is not named an id.
//
// What is random and public is none: UUIDs, database ids, YouTube channels, Google
// News topics and the like, and the parameters of Mailchimp's archives. A secret
// that is a plain word, or one of fewer characters, is not found. It does not parse:
// u may be relative or broken.
func HasSecret(u string) bool {
	address, fragment, _ := strings.Cut(u, "#")
	path, query, _ := strings.Cut(address, "?")
	if _, rest, ok := strings.Cut(path, "://"); ok {
		authority, below, _ := strings.Cut(rest, "/")
		if strings.Contains(authority, "@") {
			return true
		}
		path = "/" + below
	}
	return secretPath(path) || secretParams(query) || secretParams(fragment)
}

// secretPath reports whether a path carries a secret.
func secretPath(path string) bool {
	if slices.ContainsFunc(secretPaths, func(part string) bool { return strings.Contains(path, part) }) {
		return true
	}
	before := ""
	for segment := range strings.SplitSeq(path, "/") {
		segment = unescape(segment)
		if strings.Contains(segment, "=") && secretParams(segment) {
			return true
		}
		name := extension.ReplaceAllString(segment, "")
		announced, told := announced(before, name)
		if webToken.MatchString(segment) || told && key(announced) || random(name, 20) {
			return true
		}
		before = segment
	}
	return false
}

// announced returns what a word that says so introduces as a secret: a path's
// segment behind such a word, or the rest of one that begins with it.
func announced(before, segment string) (secret string, ok bool) {
	if slices.Contains(secretWords, strings.ToLower(before)) {
		return segment, true
	}
	end := strings.IndexAny(segment, "-_:")
	if end < 0 || !slices.Contains(secretWords, strings.ToLower(segment[:end])) {
		return "", false
	}
	return segment[end+1:], true
}

// secretParams reports whether parameters, "a=b&c=d", carry a secret. Semicolons
// part them as well: in paths, and where "&" was escaped for HTML.
func secretParams(params string) bool {
	user, keyed := false, false
	for param := range strings.FieldsFuncSeq(params, func(c rune) bool { return c == '&' || c == ';' }) {
		name, value, _ := strings.Cut(param, "=")
		name, value = plainName(unescape(name)), unescape(value)
		if secretParam(name, value) {
			return true
		}
		if _, says := slices.BinarySearch(userNames, name); says {
			user = true
		} else if !strings.HasSuffix(name, "id") && key(value) {
			keyed = true
		}
	}
	return user && keyed
}

// secretParam reports whether a parameter carries a secret by itself.
func secretParam(name, value string) bool {
	if webToken.MatchString(value) {
		return true
	}
	_, named := slices.BinarySearch(secretNames, name)
	if named || slices.ContainsFunc(secretParts, func(part string) bool { return strings.Contains(name, part) }) {
		_, flag := slices.BinarySearch(flags, strings.ToLower(value))
		return len(value) > 1 && !flag
	}
	if _, may := slices.BinarySearch(keyNames, name); may || strings.HasSuffix(name, "key") || strings.HasSuffix(name, "auth") {
		return key(value)
	}
	return !strings.HasSuffix(name, "id") && random(value, 32)
}

// key reports whether a value looks like a key where something says that it may be
// one.
func key(value string) bool {
	turns, ok := alternation(value)
	return ok && (len(value) >= 8 && turns >= 2 || len(value) >= 16 && turns >= 1) || uuid.MatchString(value)
}

// random reports whether a name of that many characters or more looks random, and is
// none of those that are public.
func random(name string, least int) bool {
	if len(name) < least || uuid.MatchString(name) || publicID.MatchString(name) {
		return false
	}
	turns, ok := alternation(name)
	if strings.ToLower(name) != name && strings.ToUpper(name) != name {
		return ok && turns >= 3
	}
	return ok && turns >= 4
}

// alternation counts where a letter stands beside a digit: in words, dates and
// numbers hardly ever, in a random name at every second to fourth character. ok is
// false for what no token consists of, and for words joined by hyphens.
func alternation(s string) (turns int, ok bool) {
	const (
		other = iota
		letter
		digit
	)
	last, joints := other, 0
	for _, c := range []byte(strings.TrimRight(s, "=")) {
		kind := other
		switch {
		case 'a' <= c|0x20 && c|0x20 <= 'z':
			kind = letter
		case '0' <= c && c <= '9':
			kind = digit
		case strings.IndexByte("-_.~+/", c) >= 0:
			joints++
		default:
			return 0, false
		}
		if kind != last && kind != other && last != other {
			turns++
		}
		last = kind
	}
	return turns, joints*8 <= len(s)
}

// plainName returns a parameter's name as the tables above have it.
func plainName(name string) string {
	return strings.Map(func(c rune) rune {
		if strings.ContainsRune("-_.", c) {
			return -1
		}
		return unicode.ToLower(c)
	}, name)
}

// unescape undoes percent-encoding; what is broken stays as it is.
func unescape(s string) string {
	if plain, err := url.PathUnescape(s); err == nil {
		return plain
	}
	return s
}

// Redact returns what may be shown of an address that is a secret: its scheme and
// host with port, and "/…" for all the rest. Of what is no absolute http or https
// URL nothing is shown.
func Redact(u string) string {
	p, err := parse("", u)
	if err != nil || p.Scheme() != "http" && p.Scheme() != "https" {
		return "…"
	}
	return p.Scheme() + "://" + p.Host() + "/…"
}
