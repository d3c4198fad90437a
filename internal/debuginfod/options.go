// Package debuginfod gets separate debug files by their build-ids from debuginfod servers, as elfutils' client does: by the same
// variables of the environment, into the same cache (debuginfod-find(1), "ENVIRONMENT VARIABLES" and "CACHE").
//
// What a server sends is kept only if it is an ELF file of the build-id that was asked for. Of ours the package imports object,
// which tells that.
package debuginfod

import (
	"errors"
	"fmt"
	"net/http"
	"net/textproto"
	"os"
	"strconv"
	"strings"
	"time"
)

// Options are which servers are asked, and for how long. The zero value asks nobody.
type Options struct {
	URLs  []string // of servers: http, https or file
	Cache string   // the directory that debuginfod's clients share

	// Timeout is how long a server may take for its first, or next, 100 KiB. One that takes longer is not asked again. 0: as
	// long as it likes.
	Timeout time.Duration
	MaxTime time.Duration // that one file may take; 0: as long as it likes
	MaxSize int64         // of a file, in bytes; 0: any
	Retries int           // how often a request is made again that failed for another reason than that there is no such file

	Headers http.Header // sent with each request
}

// The defaults of elfutils' client.
const (
	defaultTimeout = 90 * time.Second
	defaultRetries = 2
)

// ErrUnverified is the error where the user asked for files to be verified by their signatures (ima:enforcing), which this client cannot do.
var ErrUnverified = errors.New("servers after ima:enforcing are not asked, as signatures are not verified here")

// FromEnvironment returns the options that variables of the environment ask for. Its error says which of them cannot be
// followed; the options are then good for the rest.
func FromEnvironment(env func(string) string, cache string) (Options, error) {
	o := Options{Cache: cache, Timeout: defaultTimeout, Retries: defaultRetries, Headers: make(http.Header)}
	var errs []error
	enforcing := false
	for _, word := range strings.Fields(env("DEBUGINFOD_URLS")) {
		switch {
		case strings.HasPrefix(word, "ima:"):
			enforcing = word == "ima:enforcing"
		case enforcing:
			errs = append(errs, ErrUnverified)
		default:
			o.URLs = append(o.URLs, word)
		}
	}
	seconds := func(name string, to *time.Duration) {
		if n, ok, err := number(env, name); err != nil {
			errs = append(errs, err)
		} else if ok {
			*to = time.Duration(max(n, 0)) * time.Second
		}
	}
	seconds("DEBUGINFOD_TIMEOUT", &o.Timeout)
	seconds("DEBUGINFOD_MAXTIME", &o.MaxTime)
	if n, ok, err := number(env, "DEBUGINFOD_MAXSIZE"); err != nil {
		errs = append(errs, err)
	} else if ok {
		o.MaxSize = max(n, 0)
	}
	if n, ok, err := number(env, "DEBUGINFOD_RETRY_LIMIT"); err != nil {
		errs = append(errs, err)
	} else if ok {
		o.Retries = int(min(max(n, 0), 100))
	}
	if name := env("DEBUGINFOD_HEADERS_FILE"); name != "" {
		errs = append(errs, o.readHeaders(name))
	}
	return o, errors.Join(errs...)
}

// number returns the number that a variable of the environment has, and reports whether it has one.
func number(env func(string) string, name string) (n int64, ok bool, err error) {
	text := env(name)
	if text == "" {
		return 0, false, nil
	}
	if n, err = strconv.ParseInt(text, 10, 40); err != nil {
		return 0, false, fmt.Errorf("%s is %q, which is no number", name, text)
	}
	return n, true, nil
}

// readHeaders reads headers from a file that has one a line.
func (o *Options) readHeaders(name string) error {
	content, err := os.ReadFile(name)
	if err != nil {
		return fmt.Errorf("DEBUGINFOD_HEADERS_FILE: %w", err)
	}
	for line := range strings.Lines(string(content)) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		key, value, ok := strings.Cut(line, ":")
		if key = textproto.TrimString(key); !ok || key == "" {
			return fmt.Errorf("DEBUGINFOD_HEADERS_FILE: %s has a line that is no header", name)
		}
		o.Headers.Add(key, textproto.TrimString(value))
	}
	return nil
}
