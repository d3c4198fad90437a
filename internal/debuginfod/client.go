package debuginfod

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"heapprof/internal/object"
)

// Client asks servers. It may be used by several goroutines.
type Client struct {
	options Options
	cache   cache
	http    *http.Client

	mu   sync.Mutex
	slow map[string]bool // servers that are not asked again
}

// New returns a client.
func New(o Options) *Client {
	return &Client{options: o, cache: cache{o.Cache}, http: &http.Client{}, slow: make(map[string]bool)}
}

// ErrNone is the error where no server has the file.
var ErrNone = errors.New("no server has it")

// ServerError is what went wrong with one server.
type ServerError struct {
	Server string // its address without a password
	Err    error  // one of those below, or the system's
}

func (e *ServerError) Error() string { return e.Server + ": " + e.Err.Error() }

// Unwrap returns the cause.
func (e *ServerError) Unwrap() error { return e.Err }

// What is wrong with servers, or with what they send.
var (
	ErrSlow       = errors.New("took too long")
	ErrTooLarge   = errors.New("has a file that is larger than DEBUGINFOD_MAXSIZE allows")
	ErrWrongBuild = errors.New("sent a file of another build-id")
	ErrStatus     = errors.New("answered with an error")
)

// Progress is how much of a file has come: bytes, of so many in all, which is 0 where the server does not tell.
type Progress func(done, all int64)

// DebugFile returns the path of the separate debug file of a build-id, in lower-case hex, in the cache: from there, or from the first
// server that has it. The error is ErrNone, joined with each ServerError where servers failed, or that of writing the cache.
func (c *Client) DebugFile(ctx context.Context, buildID string, progress Progress) (path string, err error) {
	if len(buildID) < 4 || strings.Trim(buildID, "0123456789abcdef") != "" {
		return "", ErrNone
	}
	if path, known := c.cache.find(buildID); known {
		if path == "" {
			return "", ErrNone
		}
		return path, nil
	}
	if c.options.MaxTime > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, c.options.MaxTime, ErrSlow)
		defer cancel()
	}
	var failed []error
	left := c.servers()
	for tries := c.options.Retries; len(left) > 0; tries-- {
		answer, errs := c.first(ctx, left, buildID)
		if answer == nil {
			failed = errs
			break
		}
		path, err := c.keep(answer, buildID, progress)
		var server *ServerError
		if err == nil || !errors.As(err, &server) {
			return path, err
		}
		failed = append(errs, err)
		if tries <= 0 || ctx.Err() != nil {
			break
		}
		if errors.Is(err, ErrSlow) || errors.Is(err, ErrWrongBuild) || errors.Is(err, ErrTooLarge) {
			left = without(left, answer.url)
		}
	}
	if len(failed) > 0 {
		return "", errors.Join(append([]error{ErrNone}, failed...)...)
	}
	c.cache.remember(buildID)
	return "", ErrNone
}

// servers returns those that are asked.
func (c *Client) servers() (urls []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, u := range c.options.URLs {
		if !c.slow[u] {
			urls = append(urls, u)
		}
	}
	return urls
}

// without returns the texts but for one.
func without(texts []string, one string) (rest []string) {
	for _, text := range texts {
		if text != one {
			rest = append(rest, text)
		}
	}
	return rest
}

// answer is a file that a server is about to send. Whoever has it closes it.
type answer struct {
	url    string
	body   io.ReadCloser
	size   int64 // 0: not known
	watch  *watch
	cancel context.CancelFunc
}

func (a *answer) close() {
	a.watch.stop()
	a.cancel()
	a.body.Close()
}

// first asks servers, all at once, and returns the answer of the first one that has the file; nil if none has, and what went wrong
// with those that failed.
func (c *Client) first(ctx context.Context, urls []string, buildID string) (first *answer, failed []error) {
	type result struct {
		answer *answer
		err    error
	}
	results := make(chan result)
	asking := make([]context.CancelFunc, len(urls))
	for i, u := range urls {
		own, cancel := context.WithCancel(ctx)
		asking[i] = cancel
		go func() {
			a, err := c.ask(own, cancel, u, buildID)
			results <- result{a, err}
		}()
	}
	for range urls {
		r := <-results
		switch {
		case r.answer != nil && first == nil:
			first = r.answer
			for i, u := range urls {
				if u != first.url {
					asking[i]() // they have lost
				}
			}
		case r.answer != nil:
			r.answer.close()
		case r.err != nil && first == nil:
			failed = append(failed, r.err)
		}
	}
	return first, failed
}

// ask asks one server. Both results are nil where it lacks the file. cancel ends ctx.
func (c *Client) ask(ctx context.Context, cancel context.CancelFunc, server, buildID string) (*answer, error) {
	fail := func(err error) (*answer, error) {
		cancel()
		return nil, &ServerError{redacted(server), err}
	}
	where := strings.TrimRight(server, "/") + "/buildid/" + buildID + "/debuginfo"
	if path, ok := strings.CutPrefix(where, "file://"); ok {
		f, err := os.Open(filepath.FromSlash(path))
		if errors.Is(err, os.ErrNotExist) {
			cancel()
			return nil, nil
		} else if err != nil {
			return fail(err)
		}
		return &answer{url: server, body: f, watch: newWatch(0, cancel), cancel: cancel}, nil
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, where, nil)
	if err != nil {
		return fail(err)
	}
	for key, values := range c.options.Headers {
		request.Header[key] = values
	}
	request.Header.Set("User-Agent", "heapprof")
	if c.options.MaxSize > 0 {
		request.Header.Set("X-DEBUGINFOD-MAXSIZE", strconv.FormatInt(c.options.MaxSize, 10))
	}
	w := newWatch(c.options.Timeout, cancel)
	response, err := c.http.Do(request)
	if err != nil {
		w.stop()
		if w.ran() || errors.Is(err, context.DeadlineExceeded) {
			c.leaveOut(server)
			err = ErrSlow
		}
		var long *url.Error
		if errors.As(err, &long) { // its text has the whole address, which the error's Server is a part of
			err = long.Err
		}
		return fail(err)
	}
	a := &answer{url: server, body: response.Body, size: max(response.ContentLength, 0), watch: w, cancel: cancel}
	if a.size == 0 {
		a.size, _ = strconv.ParseInt(response.Header.Get("X-Debuginfod-Size"), 10, 64)
	}
	switch code := response.StatusCode; {
	case code == http.StatusNotFound:
		a.close()
		return nil, nil
	case code == http.StatusNotAcceptable && c.options.MaxSize > 0:
		a.close()
		return fail(ErrTooLarge)
	case code != http.StatusOK:
		a.close()
		return fail(fmt.Errorf("%w: %s", ErrStatus, response.Status))
	}
	return a, nil
}

// leaveOut has a server not asked again.
func (c *Client) leaveOut(server string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.slow[server] = true
}

// keep writes what a server sends into the cache, if it is of the build-id, and returns its path.
func (c *Client) keep(a *answer, buildID string, progress Progress) (path string, err error) {
	defer a.close()
	fail := func(err error) error { return &ServerError{redacted(a.url), err} }
	if c.options.MaxSize > 0 && a.size > c.options.MaxSize {
		return "", fail(ErrTooLarge)
	}
	return c.cache.add(buildID, func(to *os.File) error {
		counted := &countedReader{from: a.body, answer: a, progress: progress, most: c.options.MaxSize}
		_, err := io.Copy(to, counted)
		switch {
		case a.watch.ran():
			c.leaveOut(a.url)
			return fail(ErrSlow)
		case errors.Is(err, context.DeadlineExceeded):
			return fail(ErrSlow)
		case counted.err != nil:
			return fail(counted.err)
		case err != nil:
			return err // of writing
		case !isBuild(to.Name(), buildID):
			return fail(ErrWrongBuild)
		}
		return nil
	})
}

// isBuild reports whether the file at path is an ELF file of a build-id.
func isBuild(path, buildID string) bool {
	is := false
	err := object.Read(path, func(f *object.File) error {
		is = f.BuildID == buildID
		return nil
	})
	return err == nil && is
}

// redacted returns a server's address without a password.
func redacted(server string) string {
	u, err := url.Parse(server)
	if err != nil {
		return "a server" // nobody knows what is in it
	}
	return u.Redacted()
}
