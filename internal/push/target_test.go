package push

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"heapprof/internal/push/pushtest"
)

func TestTargetsAreURLsThatNameTheSystem(t *testing.T) {
	for text, want := range map[string]string{
		"pyroscope+http://localhost:4040":                      "http://localhost:4040/push.v1.PusherService/Push",
		"pyroscope+https://profiles.example.com/base/":         "https://profiles.example.com/base/push.v1.PusherService/Push",
		"PYROSCOPE+HTTP://[::1]:4040/":                         "http://[::1]:4040/push.v1.PusherService/Push",
		"parca+grpc://localhost:7070":                          "http://localhost:7070/parca.profilestore.v1alpha1.ProfileStoreService/WriteRaw",
		"parca+grpcs://grpc.polarsignals.com":                  "https://grpc.polarsignals.com/parca.profilestore.v1alpha1.ProfileStoreService/WriteRaw",
		"parca+https://parca.example.com":                      "https://parca.example.com/parca.profilestore.v1alpha1.ProfileStoreService/WriteRaw",
		"pyroscope+http://me:pw@host:1/?tenant=team%20a%26b":   "http://host:1/push.v1.PusherService/Push",
		"pyroscope+https://user@host/x?tenant=" + "anonymous1": "https://host/x/push.v1.PusherService/Push",
	} {
		if got, err := ParseTarget(text, ""); err != nil || got.url != want {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	for text, want := range map[string]TargetError{
		"": NoURL, "localhost:4040": NoURL, "//host": NoURL, "pyroscope": NoURL, "pyroscope+http:host": NoURL, "pyroscope+http://a b": NoURL,
		"http://localhost:4040": NoSystem, "https://localhost": NoSystem, "ftp://host": UnknownScheme, "grpc://host": UnknownScheme,
		"pyroscope+http://": NoHost, "parca+grpc://:7070": NoHost,
		"pyroscope+http://host?tenent=a": UnknownOption, "pyroscope+http://host?tenant=a&tenant=b": UnknownOption,
		"pyroscope+http://host?tenant=a%0d%0ab": BadSecret,
	} {
		var cause TargetError
		if _, err := ParseTarget(text, ""); !errors.As(err, &cause) || cause != want {
			t.Errorf("%q: %v (%d), want %d", text, err, cause, want)
		}
	}
	for token, want := range map[string]error{"t": TokenAndSecret, "a\nb": BadSecret} {
		if _, err := ParseTarget("pyroscope+http://me:pw@host", token); err != want {
			t.Errorf("%q: %v", token, err)
		}
	}
}

func TestWhoOneIsStandsInTheHeadersThatServersReadItFrom(t *testing.T) {
	both(t, func(t *testing.T, f *pushtest.Server) {
		for _, c := range []struct{ user, behind, token, authorization, tenant string }{
			{"", "", "", "", ""},
			{"", "", "tok", "Bearer tok", ""},
			{"me:p%40w@", "", "", "Basic bWU6cEB3", ""},
			{"123@", "?tenant=team-a", "tok", "Basic MTIzOnRvaw==", "team-a"},
		} {
			start(t, f, Options{Target: target(t, f, c.user, c.behind, c.token), Every: time.Hour}).End(grown(1))
			if a, o := f.Header("Authorization"), f.Header("X-Scope-OrgID"); a != c.authorization || o != c.tenant {
				t.Errorf("%+v: %q, %q", c, a, o)
			}
			if agent := f.Header("User-Agent"); agent != "heapprof/test" {
				t.Errorf("agent %q", agent)
			}
		}
	})
}

// TestWhatIsSecretIsShownNowhere: not where the target is printed, nor if a server writes it back.
func TestWhatIsSecretIsShownNowhere(t *testing.T) {
	both(t, func(t *testing.T, f *pushtest.Server) {
		for _, c := range []struct{ user, token string }{{"", "hush-hush"}, {"me@", "hush-hush"}, {"me:hush-hush@", ""}} {
			target := target(t, f, c.user, "?tenant=quiet", c.token)
			f.Refuse(func(w http.ResponseWriter) bool {
				said := target.authorization + " hush-hush is no one that I know\x1b[31m\n" + strings.Repeat("long ", 100)
				if f.Parca {
					w.Header().Set("Grpc-Status", "16")
					w.Header().Set("Grpc-Message", strings.NewReplacer("\n", "%0A", "\x1b", "%1b").Replace(said))
					return true
				}
				http.Error(w, said, http.StatusUnauthorized)
				return true
			}, false)
			r := start(t, f, Options{Target: target, Every: time.Hour}).End(grown(1))
			printed := fmt.Sprintf("%v %+v %#v %s %v %+v", target, target, target, target, r.Last, *r.Last)
			for _, secret := range []string{"hush", "quiet", strings.TrimPrefix(target.authorization, "Basic "), "\x1b", "\n"} {
				if strings.Contains(printed, secret) {
					t.Errorf("%+v: %q is in %q", c, secret, printed)
				}
			}
			if r.Last.Cause != NotAllowed || !strings.Contains(r.Last.Detail, "no one that I know") || len(r.Last.Detail) > 210 {
				t.Errorf("%+v", r.Last)
			}
		}
	})
}

func TestAServerWithACertificateIsChecked(t *testing.T) {
	both(t, func(t *testing.T, f *pushtest.Server) {
		f.Close()
		f.Server = httptest.NewUnstartedServer(f)
		f.EnableHTTP2 = f.Parca
		f.Config.ErrorLog = log.New(io.Discard, "", 0) // the handshake that fails
		f.StartTLS()
		target := target(t, f, "", "", "")
		stranger := startAt(Options{Target: target, Source: &program{of: grown}, Every: time.Hour}, pace{first: time.Hour, last: 5 * time.Minute, again: time.Hour})
		if r := stranger.End(grown(1)); r.Last == nil || r.Last.Cause != NotReached || !strings.Contains(r.Last.Detail, "certificate") {
			t.Errorf("%+v", r.Last)
		}
		roots := x509.NewCertPool()
		roots.AddCert(f.Certificate())
		if r := start(t, f, Options{Target: target, Every: time.Hour, Roots: roots}).End(grown(1)); r.Last != nil || len(f.Profiles()) == 0 {
			t.Errorf("%+v", r.Last)
		}
	})
}

func TestLabelsThatServersWouldRefuseAreRefused(t *testing.T) {
	many := make([]string, MaxLabels+1)
	for i := range many {
		many[i] = fmt.Sprintf("l%d=v", i)
	}
	for _, c := range []struct {
		texts []string
		want  error
	}{
		{[]string{"env=prod", "_x1=a=b", "gone="}, nil},
		{[]string{"env"}, NoEquals}, {[]string{"=v"}, BadName}, {[]string{"1a=v"}, BadName}, {[]string{"a-b=v"}, BadName}, {[]string{"é=v"}, BadName},
		{[]string{"__name__=cpu"}, Reserved}, {[]string{"a=\xff"}, BadValue}, {[]string{"a=" + strings.Repeat("x", 2049)}, LongValue},
		{[]string{"a=1", "a=2"}, TwiceNamed}, {many, TooMany},
	} {
		if _, text, err := ParseLabels(c.texts); err != c.want || err != nil && text == "" {
			t.Errorf("%.40q: %v, want %v", c.texts, err, c.want)
		}
	}
}
