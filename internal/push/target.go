package push

import (
	"encoding/base64"
	"net/url"
	"strings"
)

// System is a kind of server.
type System int

// The systems.
const (
	Pyroscope System = iota // Grafana Pyroscope from 1.0 on, Alloy's receiver, Grafana Cloud
	Parca                   // Parca, Polar Signals Cloud
)

// Target is a server that profiles are pushed to. It prints as its URL without what is secret.
type Target struct {
	System System
	shown  string

	url           string // that requests are sent to
	tls           bool
	authorization string // the header's value; "" for none
	tenant        string
	secrets       []string // that must not be shown, whoever says them
}

// TargetError is why a text is no target.
type TargetError int

// The causes.
const (
	NoURL          TargetError = iota // it is no URL
	NoSystem                          // a plain http or https: nothing tells what the server is
	UnknownScheme                     // another scheme
	NoHost                            // no host
	UnknownOption                     // something else after the ? than tenant=
	TokenAndSecret                    // both the URL and the environment have what proves who one is
	BadSecret                         // what proves who one is, or the tenant, has a line break or such in it
)

// Error names the cause for those who have no words of their own.
func (e TargetError) Error() string { return "no place to push to" }

// The schemes, and what each means.
var schemes = map[string]struct {
	system System
	tls    bool
}{
	"pyroscope+http":  {Pyroscope, false},
	"pyroscope+https": {Pyroscope, true},
	"parca+grpc":      {Parca, false},
	"parca+grpcs":     {Parca, true},
	"parca+http":      {Parca, false},
	"parca+https":     {Parca, true},
}

// Schemes returns the schemes of URLs that ParseTarget takes, those to be told of.
func Schemes() []string {
	return []string{"pyroscope+http", "pyroscope+https", "parca+grpc", "parca+grpcs"}
}

// The paths of the calls, below the URL's own.
const (
	pyroscopePath = "/push.v1.PusherService/Push"
	parcaPath     = "/parca.profilestore.v1alpha1.ProfileStoreService/WriteRaw"
)

// ParseTarget returns the target of a URL: pyroscope+http://[USER[:PASSWORD]@]HOST[:PORT][/PATH][?tenant=ID], likewise
// with pyroscope+https, parca+grpc and parca+grpcs. token proves who one is, as a bearer or, where the URL has a user
// without password, as that; "" for none. The error is a TargetError, and has nothing of the text, in which a password may be.
func ParseTarget(text, token string) (*Target, error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme == "" || u.Opaque != "" {
		return nil, NoURL
	}
	kind, ok := schemes[strings.ToLower(u.Scheme)]
	switch {
	case !ok && (strings.EqualFold(u.Scheme, "http") || strings.EqualFold(u.Scheme, "https")):
		return nil, NoSystem
	case !ok:
		return nil, UnknownScheme
	case u.Hostname() == "":
		return nil, NoHost
	}
	t := &Target{System: kind.system, tls: kind.tls}
	for name, values := range u.Query() {
		if name != "tenant" || len(values) != 1 {
			return nil, UnknownOption
		}
		t.tenant = values[0]
	}
	if err := t.authorize(u.User, token); err != nil {
		return nil, err
	}
	to := url.URL{Scheme: "http", Host: u.Host, Path: strings.TrimSuffix(u.Path, "/")}
	shown := to
	shown.Scheme = strings.ToLower(u.Scheme)
	t.shown = shown.String()
	if kind.tls {
		to.Scheme = "https"
	}
	to.Path += pyroscopePath
	if kind.system == Parca {
		to.Path = strings.TrimSuffix(to.Path, pyroscopePath) + parcaPath
	}
	t.url = to.String()
	return t, nil
}

// authorize takes what proves who one is.
func (t *Target) authorize(user *url.Userinfo, token string) error {
	name := user.Username()
	password, has := user.Password()
	if strings.ContainsFunc(token+t.tenant, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return BadSecret
	}
	switch {
	case token != "" && has:
		return TokenAndSecret
	case token != "" && name != "":
		password = token
	case token != "":
		t.authorization = "Bearer " + token
		t.secrets = []string{token}
		return nil
	case name == "" && !has:
		return nil
	}
	basic := base64.StdEncoding.EncodeToString([]byte(name + ":" + password))
	t.authorization = "Basic " + basic
	t.secrets = []string{basic, password}
	return nil
}

// String returns the URL without user, password and options.
func (t *Target) String() string { return t.shown }

// GoString is String: no way of printing a target shows what is secret.
func (t *Target) GoString() string { return t.shown }

// hide takes what is secret out of a text that somebody else wrote.
func (t *Target) hide(text string) string {
	for _, s := range t.secrets {
		if s != "" {
			text = strings.ReplaceAll(text, s, "***")
		}
	}
	return text
}
