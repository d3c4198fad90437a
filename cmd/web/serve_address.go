package web

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"heapprof/cmd/console"
	"heapprof/cmd/wording"
	"heapprof/internal/serve"
)

// ServeAddress is where a server listens and who is answered.
type ServeAddress struct {
	Listen    string
	TokenFile string
	hosts     []string

	host string // of listen
}

// DefaultListen is where servers listen that nobody tells otherwise.
const DefaultListen = "127.0.0.1:7070"

// AddTo defines the flags on a command.
func (a *ServeAddress) AddTo(c *cobra.Command) {
	flags := c.Flags()
	flags.StringVar(&a.Listen, "listen", DefaultListen, "listen on `HOST:PORT`; port 0 is any free one")
	flags.StringVar(&a.TokenFile, "token-file", "", "take the token from `FILE`, instead of a new one each time")
	flags.StringArrayVar(&a.hosts, "allow-host", nil, "answer browsers that ask for `NAME`, too; may be repeated")
}

// Check returns an error for an address that cannot be meant, which the flag of that name has.
func (a *ServeAddress) Check(flag string) error {
	host, port, err := net.SplitHostPort(a.Listen)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		return fmt.Errorf("--%s %q is no address: write HOST:PORT, such as %s", flag, a.Listen, DefaultListen)
	}
	a.host = host
	return nil
}

// token returns the token that the file has, or a new one.
func (a *ServeAddress) token(s *console.Streams) (string, error) {
	if a.TokenFile == "" {
		return serve.NewToken(), nil
	}
	text, err := os.ReadFile(a.TokenFile)
	if err != nil {
		return "", fmt.Errorf("--token-file: %w", err)
	}
	token := strings.TrimSpace(string(text))
	if err := serve.CheckToken(token); err != nil {
		return "", fmt.Errorf("--token-file %s: %w; heapprof makes one where none is named", wording.ShellQuote(a.TokenFile), errServeToken)
	}
	if info, err := os.Stat(a.TokenFile); err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o004 != 0 {
		s.Say("everybody on this machine can read the token: chmod o-r %s", wording.ShellQuote(a.TokenFile))
	}
	return token, nil
}

// Bound is an address that is listened on, of which nothing is answered yet.
type Bound struct {
	Listener net.Listener
	token    string
	hosts    []string
	URL      string // with the token
	others   string // what of it others reach than this machine; "": nothing
}

// Bind listens. Errors have words and no status.
func (a *ServeAddress) Bind(s *console.Streams) (*Bound, error) {
	token, err := a.token(s)
	if err != nil {
		return nil, err
	}
	var config net.ListenConfig
	l, err := config.Listen(context.Background(), "tcp", a.Listen)
	if err != nil {
		return nil, errListen(a.Listen, err)
	}
	at, ok := l.Addr().(*net.TCPAddr)
	if !ok {
		l.Close()
		return nil, fmt.Errorf("%s is no address of TCP", a.Listen)
	}
	b := &Bound{Listener: l, token: token, hosts: a.hosts}
	name, port := a.host, strconv.Itoa(at.Port)
	switch {
	case at.IP.IsUnspecified():
		name, b.others = "127.0.0.1", "all addresses of this machine"
	case !at.IP.IsLoopback():
		b.others = net.JoinHostPort(name, port)
	}
	if net.ParseIP(a.host) == nil && a.host != "" {
		b.hosts = append(b.hosts, a.host)
	}
	if hostname, err := os.Hostname(); err == nil && b.others != "" {
		b.hosts = append(b.hosts, hostname)
	}
	b.URL = fmt.Sprintf("http://%s/%s/", net.JoinHostPort(name, port), token)
	return b, nil
}

// Warn says what others than this machine may do.
func (b *Bound) Warn(s *console.Streams) {
	if b.others != "" {
		s.Say("%s can be reached from elsewhere, and nothing is encrypted: whoever sees the address on its way can read the profile", b.others)
	}
}

// Served is a server that answers.
type Served struct {
	server *http.Server
	Failed chan error // gets why it does not answer any more
}

// Serve answers, with what the options say.
func (b *Bound) Serve(o serve.Options) *Served {
	o.Token, o.Hosts = b.token, b.hosts
	v := &Served{serve.New(o).HTTP(), make(chan error, 1)}
	go func() {
		if err := v.server.Serve(b.Listener); !errors.Is(err, http.ErrServerClosed) {
			v.Failed <- err
		}
	}()
	return v
}

// Wait returns when the context ends, or with the error for a server that does not answer any more.
func (v *Served) Wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case err := <-v.Failed:
		return console.Failure(fmt.Errorf("nothing is served any more: %w", err))
	}
}

// Close ends the server. Answers under way have a moment to be sent.
func (v *Served) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if v.server.Shutdown(ctx) != nil {
		v.server.Close()
	}
}

var errServeToken = errors.New("the token is to have 16 letters or more, of A to Z, a to z, 0 to 9, - and _, on one line")

func errListen(address string, err error) error {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("%s is in use: --listen HOST:PORT chooses another address, and port 0 any free one", address)
	case errors.Is(err, syscall.EACCES):
		return fmt.Errorf("%s may not be listened on, as ports below 1024 are root's: --listen chooses another one", address)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return fmt.Errorf("%s is no address of this machine: --listen 127.0.0.1:7070 is one", address)
	}
	return fmt.Errorf("%s cannot be listened on: %w", address, err)
}
