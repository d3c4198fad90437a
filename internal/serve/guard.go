package serve

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// MinToken is the fewest letters of a token that somebody has chosen.
const MinToken = 16

// NewToken returns a token that nobody guesses: 26 letters with 130 random bits.
func NewToken() string { return rand.Text() }

// ErrToken says that a token is too short, or has other letters than those that stand for themselves in an address.
var ErrToken = errors.New("no token")

// CheckToken returns ErrToken for what is none.
func CheckToken(token string) error {
	for _, c := range token {
		if !strings.ContainsRune("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", c) {
			return ErrToken
		}
	}
	if len(token) < MinToken {
		return ErrToken
	}
	return nil
}

// guard decides who is answered.
type guard struct {
	token [sha256.Size]byte // its hash, so that all comparisons take the same time
	shut  bool              // there is no token, and so nobody has it
	hosts []string
	cross *http.CrossOriginProtection
}

func newGuard(token string, hosts []string) guard {
	return guard{sha256.Sum256([]byte(token)), token == "", hosts, http.NewCrossOriginProtection()}
}

// noSlash is what admit returns of an address that lacks the slash after its token.
const noSlash = "/"

// admit returns which address below the token's a request asks for, or the status with which it is refused.
//
// The token is in the address, or it comes as a header: Authorization: Bearer TOKEN, or Basic with the token as
// password, since not everybody who scrapes can be given an address. The server never asks for a password, so that no
// browser keeps one and sends it along with what other pages have it ask.
func (g *guard) admit(r *http.Request) (asked string, status int) {
	if !g.isOurs(r.Host) {
		return "", http.StatusForbidden // a page of elsewhere, whose name was made to lead here
	}
	if g.cross.Check(r) != nil || isOfOtherPage(r) {
		return "", http.StatusForbidden
	}
	asked = strings.TrimPrefix(r.URL.Path, "/")
	if _, token, ok := r.BasicAuth(); ok {
		if g.isToken(token) {
			return asked, 0
		}
	} else if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok && g.isToken(token) {
		return asked, 0
	}
	token, rest, slash := strings.Cut(asked, "/")
	switch {
	case !g.isToken(token):
		return "", http.StatusNotFound
	case !slash:
		return noSlash, 0
	}
	return rest, 0
}

func (g *guard) isToken(token string) bool {
	sum := sha256.Sum256([]byte(token))
	return subtle.ConstantTimeCompare(sum[:], g.token[:]) == 1 && !g.shut
}

// isOurs reports whether a Host header is an address, localhost or a name that this server has. A name that somebody
// else has made to lead here (DNS rebinding) is none of these. The port may be that of a tunnel.
func (g *guard) isOurs(host string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	name = strings.TrimSuffix(strings.ToLower(strings.Trim(name, "[]")), ".")
	if _, err := netip.ParseAddr(name); err == nil {
		return true
	}
	return name == "localhost" || strings.HasSuffix(name, ".localhost") || slices.ContainsFunc(g.hosts, func(h string) bool { return strings.EqualFold(h, name) })
}

// isOfOtherPage reports whether a browser says that a page of elsewhere asks. It may be left for this one, as by a
// link, and has no other use of it.
func isOfOtherPage(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "none", "same-origin":
		return false
	}
	isLink := r.Method == http.MethodGet && r.Header.Get("Sec-Fetch-Mode") == "navigate" && r.Header.Get("Sec-Fetch-Dest") == "document"
	return !isLink
}

// protect has a browser keep an answer to itself: it is shown within no other page, read by none, and its address, in
// which the token is, told to none.
func protect(h http.Header) {
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cross-Origin-Embedder-Policy", "require-corp")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
	h.Set("Cache-Control", "no-store")
}

// refusals are what is said with a status. None tells whether there is something at an address for whoever has the token.
var refusals = map[int]string{
	http.StatusForbidden:          "heapprof: asked by another page, or under a name that is not this server's: --allow-host adds one",
	http.StatusNotFound:           "heapprof: nothing here: the address has the token that heapprof serve has printed, and after it nothing, metrics, or debug/pprof/heap",
	http.StatusMethodNotAllowed:   "heapprof: this address is not asked in that way",
	http.StatusServiceUnavailable: "heapprof: too many ask at once",
}

func refuse(w http.ResponseWriter, status int) { http.Error(w, refusals[status], status) }

// quiet returns a log for what goes wrong with connections, which nobody reads.
func quiet() *log.Logger { return log.New(io.Discard, "", 0) }
