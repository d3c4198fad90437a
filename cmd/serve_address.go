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

// check returns an error for an address that cannot be meant.
func (a *serveAddress) check() error {
	host, port, err := net.SplitHostPort(a.listen)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		return fmt.Errorf("--listen %q is no address: write HOST:PORT, such as %s", a.listen, defaultListen)
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

// served is a server that listens.
type served struct {
	server *http.Server
	url    string
	open   string // what anybody reaches who is not on this machine; "" where nobody does
	failed chan error
}

// listen has what is served listened for.
func (a *serveAddress) serve(s *Streams, o serve.Options) (*served, error) {
	token, err := a.token(s)
	if err != nil {
		return nil, failure(err)
	}
	var config net.ListenConfig
	l, err := config.Listen(context.Background(), "tcp", a.listen)
	if err != nil {
		return nil, failure(errListen(a.listen, err))
	}
	at, ok := l.Addr().(*net.TCPAddr)
	if !ok {
		l.Close()
		return nil, failure(fmt.Errorf("%s is no address of TCP", a.listen))
	}
	name := a.host
	v := &served{failed: make(chan error, 1)}
	switch {
	case at.IP.IsUnspecified():
		name, v.open = "127.0.0.1", "every address of this machine"
	case !at.IP.IsLoopback():
		v.open = net.JoinHostPort(a.host, strconv.Itoa(at.Port))
	}
	o.Token = token
	o.Hosts = append(o.Hosts, a.hosts...)
	if net.ParseIP(a.host) == nil && a.host != "" {
		o.Hosts = append(o.Hosts, a.host)
	}
	if hostname, err := os.Hostname(); err == nil && v.open != "" {
		o.Hosts = append(o.Hosts, hostname)
	}
	v.url = fmt.Sprintf("http://%s/%s/", net.JoinHostPort(name, strconv.Itoa(at.Port)), token)
	v.server = serve.New(o).HTTP()
	go func() {
		if err := v.server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			v.failed <- err
		}
	}()
	return v, nil
}

// announce prints the address, and says what is served.
func (v *served) announce(s *Streams, what string) error {
	s.say("%s", what)
	if v.open != "" {
		s.say("it listens on %s, and nothing is encrypted: whoever sees the address on its way can read the profile", v.open)
	}
	return s.line(v.url)
}

// close ends the server. Answers under way have a moment to be sent.
func (v *served) close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if v.server.Shutdown(ctx) != nil {
		v.server.Close()
	}
}
