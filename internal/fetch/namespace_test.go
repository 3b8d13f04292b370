package fetch

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"rightswire/internal/news"
)

// inNamespace tells a test that it runs in a network of its own.
const inNamespace = "RIGHTSWIRE_TEST_NAMESPACE"

// In a network of its own, where every address there is leads to one listener, the
// client as it is configured by default reaches the public ones and no other. The
// test runs itself again in new user and network namespaces.
func TestNamespace(t *testing.T) {
	if os.Getenv(inNamespace) != "" {
		testNamespace(t)
		return
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, "-test.run=^TestNamespace$", "-test.v", "-test.timeout=2m")
	cmd.Env = append(os.Environ(), inNamespace+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNET,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
		Pdeathsig:   syscall.SIGKILL,
	}
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Skipf("no user and network namespace can be made here (%v): unprivileged ones must be allowed "+
			"(kernel.apparmor_restrict_unprivileged_userns=0, or a container that lets clone make them)", err)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v:\n%s", err, out.String())
	}
	t.Log(out.String())
}

// Public-looking addresses, and some that are not: all of them are this machine's.
var (
	namespacePublic  = prefixes("9.9.9.9/32", "2620:fe::9/128")
	namespacePrivate = []string{
		"127.0.0.1", "127.8.8.8", "10.0.0.1", "172.16.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1", "198.18.0.1",
		"::1", "fd00::1", "fe80::1%lo", "64:ff9b::a00:1", "2002:a00:1::1", "2001:db8::1",
	}
)

func testNamespace(t *testing.T) {
	everywhereIsHere(t)
	inside := newTrap(t, "[::]:80", redirects(nowhere), namespacePublic...)
	names := newNameServer(t)
	names.say("public.example", "9.9.9.9", "2620:fe::9")
	names.say("alias.example", "public.example")
	private := append([]string{}, privateHosts...)
	for i, addr := range namespacePrivate {
		addr, _, _ = strings.Cut(addr, "%")
		name := fmt.Sprintf("private%d.example", i)
		names.say(name, addr)
		names.say("mixed-"+name, addr, "9.9.9.9", "2620:fe::9")
		names.say("alias-"+name, name)
		names.alternate("flip-"+name, []string{"9.9.9.9"}, []string{addr})
		private = append(private, name, "alias-"+name)
	}

	// Without a guard, every one of them is reached.
	for _, addr := range append(namespacePrivate, "9.9.9.9", "2620:fe::9") {
		conn, err := net.DialTimeout("tcp", net.JoinHostPort(addr, "80"), 10*time.Second)
		if err != nil {
			t.Fatalf("%s is not reached: %v", addr, err)
		}
		conn.Close()
	}
	for fine, caught := 0, 0; fine+caught < len(namespacePrivate)+2; {
		f, c := inside.reached()
		fine, caught = fine+f, caught+len(c)
	}

	c, err := New(Options{UserAgent: agent, Timeout: 10 * time.Second, Own: []string{"http://wire.example/"}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	tries := 0
	for _, host := range private {
		for _, scheme := range []string{"http", "https"} {
			address := scheme + "://" + host + "/"
			for way, ask := range waysTo(t, c, address, "http://9.9.9.9/to?"+url.QueryEscape(address)) {
				tries++
				if ask() == nil {
					t.Errorf("%s %s: no error", way, address)
				}
			}
		}
	}
	for range 40 {
		for i := range namespacePrivate {
			for _, kind := range []string{"mixed", "flip"} {
				tries++
				c.Close() // so that each try looks the name up and dials
				r, err := get(t, c, fmt.Sprintf("http://%s-private%d.example/", kind, i))
				if r.Release(); err != nil {
					failed(t, err, news.FailRefused)
				}
			}
		}
	}
	fine, caught := inside.reached()
	if caught != nil {
		t.Errorf("connected to %q", caught)
	}
	for _, host := range []string{"9.9.9.9", "[2620:fe::9]", "public.example", "alias.example"} {
		c.Close()
		mustGet(t, c, "http://"+host+"/", news.Visit{})
		if n, caught := inside.reached(); n != 1 || caught != nil {
			t.Errorf("%s: %d connections, and to %q", host, n, caught)
		}
	}
	t.Logf("%d tries: %d connections to public addresses, %d to others", tries, fine, len(caught))
}

// everywhereIsHere brings loopback up and routes every address there is to it.
func everywhereIsHere(t *testing.T) {
	t.Helper()
	lo, err := net.InterfaceByName("lo")
	if err != nil {
		t.Fatal(err)
	}
	link := binary.NativeEndian.AppendUint32([]byte{unix.AF_UNSPEC, 0, 0, 0}, uint32(lo.Index))
	link = binary.NativeEndian.AppendUint32(link, unix.IFF_UP)
	link = binary.NativeEndian.AppendUint32(link, unix.IFF_UP)
	netlink(t, unix.RTM_NEWLINK, 0, link)
	for _, family := range []byte{unix.AF_INET, unix.AF_INET6} {
		route := []byte{family, 0, 0, 0, unix.RT_TABLE_LOCAL, unix.RTPROT_STATIC, unix.RT_SCOPE_HOST, unix.RTN_LOCAL, 0, 0, 0, 0}
		route = binary.NativeEndian.AppendUint16(route, 8)
		route = binary.NativeEndian.AppendUint16(route, unix.RTA_OIF)
		route = binary.NativeEndian.AppendUint32(route, uint32(lo.Index))
		netlink(t, unix.RTM_NEWROUTE, unix.NLM_F_CREATE, route)
	}
}

// netlink sends one request to the kernel and waits for its answer.
func netlink(t *testing.T, kind, flags uint16, body []byte) {
	t.Helper()
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_ROUTE)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	m := binary.NativeEndian.AppendUint32(nil, uint32(unix.NLMSG_HDRLEN+len(body)))
	m = binary.NativeEndian.AppendUint16(m, kind)
	m = binary.NativeEndian.AppendUint16(m, flags|unix.NLM_F_REQUEST|unix.NLM_F_ACK)
	m = append(m, make([]byte, 8)...) // sequence and port
	if err := unix.Sendto(fd, append(m, body...), 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		t.Fatal(err)
	}
	answer := make([]byte, 4096)
	n, _, err := unix.Recvfrom(fd, answer, 0)
	if err != nil || n < unix.NLMSG_HDRLEN+4 {
		t.Fatalf("%d bytes of answer, %v", n, err)
	}
	if code := int32(binary.NativeEndian.Uint32(answer[unix.NLMSG_HDRLEN:])); code != 0 {
		t.Fatalf("netlink request %d: %v", kind, syscall.Errno(-code))
	}
}
