package push

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
	"unicode"
)

// Failure is why a push failed.
type Failure struct {
	Cause FailureCause
	// Detail is what the network or the server says, on one line, without what is secret; "" for nothing.
	Detail string
	Status int // of HTTP; 0 where there was no answer, or the call was gRPC's
	Code   int // of gRPC, likewise

	later bool // it may work if it is tried again
}

// FailureCause is a kind of failure.
type FailureCause int

// The causes.
const (
	NotReached FailureCause = iota // nothing answered
	NoAnswer                       // it was sent, and no answer came: the server may have it
	NotAllowed                     // who one is, is not known or may not push
	NoSuchCall                     // the server answers, but knows no such call
	Redirected                     // the server says to go elsewhere
	Busy                           // the server does not take it now
	Invalid                        // the server does not take it, now or later
	Unwritable                     // the profile cannot be written in pprof's format
)

// Error names the failure for those who have no words of their own.
func (f *Failure) Error() string { return "not pushed: " + f.Detail }

// client sends messages to a target.
type client struct {
	target *Target
	agent  string
	http   *http.Client
}

// newClient returns a client. Nothing is followed elsewhere: what a redirection says may be no place for what proves who
// one is.
func newClient(t *Target, agent string, roots *x509.CertPool) *client {
	dialer := &net.Dialer{Timeout: 5 * time.Second}
	transport := &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         dialer.DialContext,
		TLSHandshakeTimeout: 5 * time.Second,
		TLSClientConfig:     &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		IdleConnTimeout:     5 * time.Second, // for tries: one that the server closes just then would be a failure
		MaxIdleConns:        1,
		Protocols:           &http.Protocols{},
	}
	if t.System == Parca {
		// gRPC is HTTP/2, and without TLS nothing says so beforehand.
		transport.Protocols.SetHTTP2(t.tls)
		transport.Protocols.SetUnencryptedHTTP2(!t.tls)
	} else {
		transport.Protocols.SetHTTP1(true)
		transport.Protocols.SetHTTP2(true)
	}
	return &client{target: t, agent: agent, http: &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// close ends the connections that are idle.
func (c *client) close() { c.http.CloseIdleConnections() }

// request returns the message that a delivery is to the target.
func (t *Target) request(labels []Label, d *delivery) []byte {
	if t.System == Parca {
		message := parcaRequest(labels, d)
		// A message of gRPC has a byte that says that it is not compressed, and its length, before it.
		head := binary.BigEndian.AppendUint32([]byte{0}, uint32(len(message)))
		return append(head, message...)
	}
	return pyroscopeRequest(labels, d)
}

// send sends a message, and returns nil once the server has it.
func (c *client) send(ctx context.Context, body []byte) *Failure {
	var wrote atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteRequest: func(i httptrace.WroteRequestInfo) { wrote.Store(i.Err == nil) }})
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.target.url, bytes.NewReader(body))
	if err != nil {
		return &Failure{Cause: NotReached, Detail: c.line(err.Error())}
	}
	h := r.Header
	h.Set("User-Agent", c.agent)
	if c.target.authorization != "" {
		h.Set("Authorization", c.target.authorization)
	}
	if c.target.tenant != "" {
		h.Set("X-Scope-OrgID", c.target.tenant)
	}
	if c.target.System == Parca {
		h.Set("Content-Type", "application/grpc+proto")
		h.Set("TE", "trailers")
	} else {
		h.Set("Content-Type", "application/proto")
		h.Set("Connect-Protocol-Version", "1")
	}
	answer, err := c.http.Do(r)
	if err != nil {
		return c.unanswered(err, wrote.Load())
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, 64<<10))
	if err != nil {
		return c.unanswered(err, true)
	}
	if c.target.System == Parca && answer.StatusCode == http.StatusOK {
		return c.grpcAnswer(answer)
	}
	return c.httpAnswer(answer, text)
}

// unanswered returns the failure of a call without an answer, whose message was sent or not.
func (c *client) unanswered(err error, wrote bool) *Failure {
	f := &Failure{Cause: NotReached, later: true}
	if wrote {
		f.Cause = NoAnswer
	}
	var with *url.Error
	if errors.As(err, &with) {
		err = with.Err // without the URL
	}
	if !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, context.Canceled) {
		f.Detail = c.line(err.Error())
	}
	return f
}

// httpAnswer returns what the answer of an HTTP server means: nil for a success.
func (c *client) httpAnswer(answer *http.Response, text []byte) *Failure {
	status := answer.StatusCode
	if c.target.System == Pyroscope && status == http.StatusOK {
		return nil
	}
	// Pyroscope says it in JSON, what is before it in any way: of a page, the status says more.
	var said struct{ Code, Message string }
	if json.Unmarshal(text, &said) != nil && !strings.HasPrefix(strings.TrimSpace(string(text)), "<") {
		said.Message = string(text)
	}
	f := &Failure{Cause: Invalid, Status: status, Detail: c.line(said.Message)}
	switch {
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		f.Cause = NotAllowed
	case status/100 == 3:
		f.Cause = Redirected
	case status == http.StatusTooManyRequests || status == http.StatusRequestTimeout || status/100 == 5:
		f.Cause, f.later = Busy, true
	case status/100 == 2 || status == http.StatusNotFound || status == http.StatusMethodNotAllowed || status == http.StatusUnsupportedMediaType:
		f.Cause = NoSuchCall
	}
	return f
}

// The codes of gRPC that are told apart.
const (
	grpcOK               = 0
	grpcInvalidArgument  = 3
	grpcPermissionDenied = 7
	grpcOutOfRange       = 11
	grpcUnimplemented    = 12
	grpcUnauthenticated  = 16
)

// grpcAnswer returns what the end of a call of gRPC means: nil for a success. Its status stands behind the answer, or in
// its head if there is nothing else.
func (c *client) grpcAnswer(answer *http.Response) *Failure {
	from := answer.Trailer
	if from.Get("Grpc-Status") == "" {
		from = answer.Header
	}
	code, err := strconv.Atoi(from.Get("Grpc-Status"))
	if err != nil {
		return &Failure{Cause: NoSuchCall, Status: answer.StatusCode}
	}
	message, err := url.PathUnescape(from.Get("Grpc-Message"))
	if err != nil {
		message = from.Get("Grpc-Message")
	}
	f := &Failure{Cause: Busy, Code: code, Detail: c.line(message), later: true}
	switch code {
	case grpcOK:
		return nil
	case grpcUnauthenticated, grpcPermissionDenied:
		f.Cause, f.later = NotAllowed, false
	case grpcUnimplemented:
		f.Cause, f.later = NoSuchCall, false
	case grpcInvalidArgument, grpcOutOfRange:
		f.Cause, f.later = Invalid, false
	}
	return f
}

// line makes one line of what others say: short, printable, and without what is secret.
func (c *client) line(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r):
			return -1
		}
		return r
	}, c.target.hide(strings.ToValidUTF8(text, "")))
	text = strings.Join(strings.Fields(text), " ")
	const most = 200 // characters: what a line bears
	if r := []rune(text); len(r) > most {
		text = string(r[:most]) + "…"
	}
	return text
}
