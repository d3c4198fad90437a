package cmd

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"heapprof/internal/serve"
)

// serveAddress is where a server listens and who is answered.
type serveAddress struct {
	listen    string
	tokenFile string
	hosts     []string

	host string // of listen
}

// defaultListen is where servers listen that nobody tells otherwise.
const defaultListen = "127.0.0.1:7070"

func (a *serveAddress) addTo(c *cobra.Command) {
	flags := c.Flags()
	flags.StringVar(&a.listen, "listen", defaultListen, "listen on `HOST:PORT`; port 0 is any free one")
	flags.StringVar(&a.tokenFile, "token-file", "", "take the token from `FILE`, instead of a new one each time")
	flags.StringArrayVar(&a.hosts, "allow-host", nil, "answer browsers that ask for `NAME`, too; may be repeated")
}

// check returns an error for an address that cannot be meant, which the flag of that name has.
func (a *serveAddress) check(flag string) error {
	host, port, err := net.SplitHostPort(a.listen)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		return fmt.Errorf("--%s %q is no address: write HOST:PORT, such as %s", flag, a.listen, defaultListen)
	}
	a.host = host
	return nil
}

// token returns the token that the file has, or a new one.
func (a *serveAddress) token(s *Streams) (string, error) {
	if a.tokenFile == "" {
		return serve.NewToken(), nil
	}
	text, err := os.ReadFile(a.tokenFile)
	if err != nil {
		return "", fmt.Errorf("--token-file: %w", err)
	}
	token := strings.TrimSpace(string(text))
	if err := serve.CheckToken(token); err != nil {
		return "", fmt.Errorf("--token-file %s: %w; heapprof makes one where none is named", shellQuote(a.tokenFile), errServeToken)
	}
	if info, err := os.Stat(a.tokenFile); err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o004 != 0 {
		s.say("everybody on this machine can read the token: chmod o-r %s", shellQuote(a.tokenFile))
	}
	return token, nil
}

// bound is an address that is listened on, of which nothing is answered yet.
type bound struct {
	listener net.Listener
	token    string
	hosts    []string
	url      string // with the token
	others   string // what of it others reach than this machine; "": nothing
}

// bind listens. Errors have words and no status.
func (a *serveAddress) bind(s *Streams) (*bound, error) {
	token, err := a.token(s)
	if err != nil {
		return nil, err
	}
	var config net.ListenConfig
	l, err := config.Listen(context.Background(), "tcp", a.listen)
	if err != nil {
		return nil, errListen(a.listen, err)
	}
	at, ok := l.Addr().(*net.TCPAddr)
	if !ok {
		l.Close()
		return nil, fmt.Errorf("%s is no address of TCP", a.listen)
	}
	b := &bound{listener: l, token: token, hosts: a.hosts}
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
	b.url = fmt.Sprintf("http://%s/%s/", net.JoinHostPort(name, port), token)
	return b, nil
}

// warn says what others than this machine may do.
func (b *bound) warn(s *Streams) {
	if b.others != "" {
		s.say("%s can be reached from elsewhere, and nothing is encrypted: whoever sees the address on its way can read the profile", b.others)
	}
}

// served is a server that answers.
type served struct {
	server *http.Server
	failed chan error // gets why it does not answer any more
}

// serve answers, with what the options say.
func (b *bound) serve(o serve.Options) *served {
	o.Token, o.Hosts = b.token, b.hosts
	v := &served{serve.New(o).HTTP(), make(chan error, 1)}
	go func() {
		if err := v.server.Serve(b.listener); !errors.Is(err, http.ErrServerClosed) {
			v.failed <- err
		}
	}()
	return v
}

// wait returns when the context ends, or with the error for a server that does not answer any more.
func (v *served) wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case err := <-v.failed:
		return failure(fmt.Errorf("nothing is served any more: %w", err))
	}
}

// close ends the server. Answers under way have a moment to be sent.
func (v *served) close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if v.server.Shutdown(ctx) != nil {
		v.server.Close()
	}
}
