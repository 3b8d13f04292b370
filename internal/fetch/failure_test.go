package fetch

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
	"testing"

	"rightswire/internal/news"
)

func TestFailureKinds(t *testing.T) {
	dial := func(err error) error { return &net.OpError{Op: "dial", Net: "tcp", Err: err} }
	tests := []struct {
		err  error
		want news.FailureKind
	}{
		{dial(&net.DNSError{Err: "no such host", Name: "name.invalid", IsNotFound: true}), news.FailDNS},
		{dial(&net.DNSError{Err: "timeout", IsTimeout: true}), news.FailDNS},
		{dial(os.NewSyscallError("connect", syscall.ECONNREFUSED)), news.FailConnect},
		{dial(os.NewSyscallError("connect", syscall.ENETUNREACH)), news.FailConnect},
		{dial(os.ErrDeadlineExceeded), news.FailTimeout},
		{dial(fmt.Errorf("%w: address", errRefused)), news.FailRefused},
		{&tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}, news.FailTLS},
		{x509.HostnameError{Certificate: &x509.Certificate{}, Host: "a.example"}, news.FailTLS},
		{&net.OpError{Op: "remote error", Err: tls.AlertError(40)}, news.FailTLS},
		{errors.New("tls: server selected unsupported protocol version 301"), news.FailTLS},
		{errors.New("malformed HTTP response"), news.FailConnect},
	}
	for _, tt := range tests {
		if f := failure(t.Context(), &news.Source{}, "http://a.example/", tt.err); f.Kind != tt.want || !errors.Is(f, tt.err) {
			t.Errorf("%v: kind %s, want %s", tt.err, f.Kind, tt.want)
		}
	}
}

func TestFailureOfContext(t *testing.T) {
	for cause, want := range map[error]news.FailureKind{
		errDeadline:              news.FailTimeout,
		context.DeadlineExceeded: news.FailTimeout,
		context.Canceled:         news.FailInternal,
	} {
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(cause)
		f := failure(ctx, &news.Source{}, "http://a.example/", errors.New("read: use of closed connection"))
		if f.Kind != want || !errors.Is(f, cause) {
			t.Errorf("%v: got %+v", cause, f)
		}
	}
}
