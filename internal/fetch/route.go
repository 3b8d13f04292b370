package fetch

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"
)

const (
	// maxIdle is how many connections wait to be used again, all hosts together:
	// sources on one host are asked one after the other.
	maxIdle     = 256
	idleTimeout = 60 * time.Second
	// maxHeaders bounds a response's header fields in bytes.
	maxHeaders = 64 << 10
	// maxHTTP2Buffer bounds what HTTP/2 buffers of a body that nobody reads yet, in
	// bytes; its own 4 MB a stream would defy the budget.
	maxHTTP2Buffer = 256 << 10
	// maxSessions is how many hosts' TLS sessions are kept to be resumed: a
	// handshake costs more than all the rest of a 304.
	maxSessions = 1024
)

// A route is a way out: straight, or through one proxy. Connections and TLS
// sessions of different routes have nothing to do with each other.
type route struct {
	transport *http.Transport
	admit     func(*url.URL) error // decides what may be asked for, before any connection
}

// routeOf returns the way out by a source's proxy, "" for the site's.
func (c *Client) routeOf(proxy string) (*route, error) {
	if proxy == "" || proxy == c.opts.Proxy {
		return c.site, nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if r, ok := c.routes[proxy]; ok {
		return r, nil
	}
	r, err := c.newRoute(proxy)
	if err == nil {
		c.routes[proxy] = r
	}
	return r, err
}

func (c *Client) newRoute(proxy string) (*route, error) {
	t := &http.Transport{
		DisableCompression:     true, // decode counts what it decodes
		MaxIdleConns:           maxIdle,
		MaxIdleConnsPerHost:    c.opts.HostConcurrency,
		IdleConnTimeout:        idleTimeout,
		MaxResponseHeaderBytes: maxHeaders,
		ForceAttemptHTTP2:      true,
		HTTP2:                  &http.HTTP2Config{MaxReceiveBufferPerStream: maxHTTP2Buffer, MaxReceiveBufferPerConnection: maxHTTP2Buffer},
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, ClientSessionCache: tls.NewLRUClientSessionCache(maxSessions)},
	}
	// The timeout is shared among a name's addresses, so that a dead first one
	// leaves time for the second.
	dialer := &net.Dialer{Timeout: c.opts.Timeout / 2}
	if proxy == "" {
		dialer.Control = c.guard.control
		t.DialContext = dialer.DialContext
		return &route{transport: t, admit: c.guard.admit}, nil
	}
	u, err := parseProxy(proxy)
	if err != nil {
		return nil, err
	}
	t.Proxy = http.ProxyURL(u)
	t.ProxyConnectHeader = http.Header{"User-Agent": c.agent}
	t.MaxIdleConnsPerHost = maxIdle // plain requests to all hosts share the proxy
	t.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		if address != u.Host {
			return nil, fmt.Errorf("%w: %s is not the proxy", errRefused, address)
		}
		return dialer.DialContext(ctx, network, address)
	}
	onion := u.Scheme == "socks5h"
	beyond := newGuard(nil, c.opts.AllowPorts, c.guard.own)
	return &route{transport: t, admit: func(u *url.URL) error { return beyond.admitBeyond(u, onion) }}, nil
}

// CheckProxy says what is wrong with a proxy's URL, if anything: socks5h://host
// and http://host are known, each with or without a port and a user. The error
// does not repeat the URL, which may hold a password.
func CheckProxy(raw string) error {
	_, err := parseProxy(raw)
	return err
}

// parseProxy returns the proxy's URL with its port.
func parseProxy(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return nil, errors.New("proxy is no URL: write socks5h://host:port or http://host:port")
	}
	port := u.Port()
	switch {
	case u.Hostname() == "":
		return nil, errors.New("proxy has no host: write socks5h://host:port or http://host:port")
	case u.Scheme == "socks5h" && port == "":
		port = "1080"
	case u.Scheme == "http" && port == "":
		port = "80"
	case u.Scheme == "socks5":
		return nil, errors.New("proxy scheme socks5 would look names up here: write socks5h://")
	case u.Scheme != "socks5h" && u.Scheme != "http":
		return nil, fmt.Errorf("proxy scheme %q is neither socks5h nor http", u.Scheme)
	}
	u.Host = net.JoinHostPort(u.Hostname(), port)
	return u, nil
}
