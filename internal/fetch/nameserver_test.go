package fetch

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

// nameServerInUse is the one that the process asks, if any. The resolver itself
// stays: dials that nobody waits for any more still use it.
var nameServerInUse atomic.Pointer[nameServer]

func init() {
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
		if s := nameServerInUse.Load(); s != nil {
			network, address = "udp", s.conn.LocalAddr().String()
		}
		var d net.Dialer
		return d.DialContext(ctx, network, address)
	}}
}

// A nameServer answers over UDP until the test ends.
type nameServer struct {
	conn  net.PacketConn
	mu    sync.Mutex
	zone  map[string][][]string // by name: what is said in turns, addresses or a name (CNAME)
	asked map[string]int        // by name, of whatever type
}

func newNameServer(t testing.TB) *nameServer {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &nameServer{conn: conn, zone: map[string][][]string{}, asked: map[string]int{}}
	go s.serve()
	nameServerInUse.Store(s)
	t.Cleanup(func() {
		nameServerInUse.Store(nil)
		conn.Close()
	})
	return s
}

// say makes the server answer with records, or with each of several in turn.
func (s *nameServer) say(name string, records ...string) { s.alternate(name, records) }

func (s *nameServer) alternate(name string, turns ...[]string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.zone[name+"."] = turns
}

func (s *nameServer) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, times := range s.asked {
		n += times
	}
	return n
}

func (s *nameServer) serve() {
	buf := make([]byte, 1500)
	for {
		n, from, err := s.conn.ReadFrom(buf)
		if err != nil {
			return
		}
		var m dnsmessage.Message
		if m.Unpack(buf[:n]) != nil || len(m.Questions) != 1 {
			continue
		}
		s.answer(&m)
		if out, err := m.Pack(); err == nil {
			s.conn.WriteTo(out, from)
		}
	}
}

// answer completes a question, every record with a lifetime of zero.
func (s *nameServer) answer(m *dnsmessage.Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := m.Questions[0]
	name := strings.ToLower(q.Name.String())
	m.Response, m.RecursionAvailable, m.Additionals = true, true, nil
	turns := s.zone[name]
	if turns == nil {
		m.RCode = dnsmessage.RCodeNameError
	}
	// A client asks for A and AAAA; both questions belong to one turn.
	turn := s.asked[name] / 2
	s.asked[name]++
	for len(turns) > 0 {
		next := ""
		for _, record := range turns[turn%len(turns)] {
			if alias := s.record(m, name, record); alias {
				next = record + "."
			}
		}
		name, turns = next, s.zone[next]
	}
}

// record adds one record of name; true says that it is an alias.
func (s *nameServer) record(m *dnsmessage.Message, name, record string) bool {
	kind := m.Questions[0].Type
	h := dnsmessage.ResourceHeader{Name: dnsmessage.MustNewName(name), Class: dnsmessage.ClassINET}
	addr, err := netip.ParseAddr(record)
	var body dnsmessage.ResourceBody
	switch {
	case err != nil:
		body = &dnsmessage.CNAMEResource{CNAME: dnsmessage.MustNewName(record + ".")}
	case addr.Is4() && kind == dnsmessage.TypeA:
		body = &dnsmessage.AResource{A: addr.As4()}
	case addr.Is6() && kind == dnsmessage.TypeAAAA:
		body = &dnsmessage.AAAAResource{AAAA: addr.As16()}
	default:
		return false
	}
	m.Answers = append(m.Answers, dnsmessage.Resource{Header: h, Body: body})
	return err != nil
}
