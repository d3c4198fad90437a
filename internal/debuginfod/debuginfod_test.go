package debuginfod

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"heapprof/internal/object"
	"heapprof/internal/testkit"
)

// debugFile returns an ELF file, and its build-id.
func debugFile(t *testing.T) (content []byte, buildID string) {
	t.Helper()
	path := testkit.Build(t, "tree.c", "-g", "-Wl,--build-id")
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := object.Read(path, func(f *object.File) error { buildID = f.BuildID; return nil }); err != nil || buildID == "" {
		t.Fatalf("the program has no build-id: %v", err)
	}
	return content, buildID
}

// server is one that has a file.
type server struct {
	*httptest.Server
	asked  atomic.Int64
	header atomic.Pointer[http.Header]
}

func serve(t *testing.T, answer func(w http.ResponseWriter, r *http.Request)) *server {
	t.Helper()
	s := new(server)
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.asked.Add(1)
		s.header.Store(&r.Header)
		answer(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

// has answers with a file of a build-id, and with 404 to all else.
func has(content []byte, buildID string) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/buildid/"+buildID+"/debuginfo" {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write(content)
	}
}

func lacks(w http.ResponseWriter, r *http.Request) { http.NotFound(w, r) }

func TestAFileIsFetchedOnceAndLiesWhereElfutilsLooks(t *testing.T) {
	content, id := debugFile(t)
	s, other := serve(t, has(content, id)), serve(t, lacks)
	cache := filepath.Join(t.TempDir(), "deep", "cache")
	c := New(Options{URLs: []string{other.URL + "/", s.URL}, Cache: cache})
	var told int64
	for range 2 {
		path, err := c.DebugFile(t.Context(), id, func(done, all int64) { told = done })
		if err != nil || path != filepath.Join(cache, id, "debuginfo") {
			t.Fatalf("it is %q: %v", path, err)
		}
	}
	if got, err := os.ReadFile(filepath.Join(cache, id, "debuginfo")); err != nil || !slices.Equal(got, content) {
		t.Errorf("%d bytes are in the cache, want %d: %v", len(got), len(content), err)
	}
	if s.asked.Load() != 1 || other.asked.Load() > 1 || told != int64(len(content)) {
		t.Errorf("asked %d and %d times, told of %d bytes", s.asked.Load(), other.asked.Load(), told)
	}
	if text, err := os.ReadFile(filepath.Join(cache, "cache_miss_s")); err != nil || string(text) != "600" {
		t.Errorf("the settings say %q: %v", text, err)
	}
}

func TestThatNobodyHasAFileIsRememberedForAsLongAsTheCacheSays(t *testing.T) {
	s := serve(t, lacks)
	cache := t.TempDir()
	c := New(Options{URLs: []string{s.URL}, Cache: cache})
	const id = "c0ffee00"
	for range 2 {
		if _, err := c.DebugFile(t.Context(), id, nil); !errors.Is(err, ErrNone) || failures(err) != nil {
			t.Fatalf("the error is %v", err)
		}
	}
	if n := s.asked.Load(); n != 1 {
		t.Errorf("asked %d times, want once", n)
	}
	if err := os.WriteFile(filepath.Join(cache, "cache_miss_s"), []byte("0\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := c.DebugFile(t.Context(), id, nil); !errors.Is(err, ErrNone) || s.asked.Load() != 2 {
		t.Errorf("asked %d times, want again: %v", s.asked.Load(), err)
	}
}

func TestAFileOfAnotherBuildIsNotKept(t *testing.T) {
	content, id := debugFile(t)
	const other = "c0ffee00"
	for name, body := range map[string][]byte{"another build": content, "no ELF file": []byte("<html>sign in</html>"), "cut short": content[:100]} {
		s := serve(t, has(body, other))
		cache := t.TempDir()
		_, err := New(Options{URLs: []string{s.URL}, Cache: cache}).DebugFile(t.Context(), other, nil)
		if !errors.Is(err, ErrNone) || !errors.Is(err, ErrWrongBuild) {
			t.Errorf("%s: the error is %v", name, err)
		}
		if left, _ := os.ReadDir(filepath.Join(cache, other)); len(left) != 0 {
			t.Errorf("%s: the cache has %v", name, left)
		}
	}
	liar, honest := serve(t, has([]byte("no"), id)), serve(t, func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(200 * time.Millisecond) // the liar answers first, mostly
		has(content, id)(w, r)
	})
	if _, err := New(Options{URLs: []string{liar.URL, honest.URL}, Cache: t.TempDir(), Retries: 2}).DebugFile(t.Context(), id, nil); err != nil {
		t.Errorf("the second server was not asked: %v", err)
	}
}

func TestASlowServerIsLeftOut(t *testing.T) {
	over := make(chan struct{})
	slow := serve(t, func(http.ResponseWriter, *http.Request) { <-over })
	t.Cleanup(func() { close(over) })
	c := New(Options{URLs: []string{slow.URL}, Cache: t.TempDir(), Timeout: 100 * time.Millisecond, Retries: 2})
	r := c.DebugFiles(t.Context(), []string{"c0ffee00"}, nil)
	if len(r.Failed) != 1 || !errors.Is(r.Failed[0], ErrSlow) {
		t.Errorf("failed: %v", r.Failed)
	}
	if r = c.DebugFiles(t.Context(), []string{"c0ffee01", "c0ffee02"}, nil); slow.asked.Load() != 1 || len(r.Failed) != 0 {
		t.Errorf("asked %d times, want once: %v", slow.asked.Load(), r.Failed)
	}
}

func TestWhatGoesWrongIsNotRememberedAsMissing(t *testing.T) {
	content, id := debugFile(t)
	bad := true
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if bad {
			http.Error(w, "no", http.StatusBadGateway)
			return
		}
		has(content, id)(w, r)
	})
	c := New(Options{URLs: []string{s.URL}, Cache: t.TempDir()})
	if _, err := c.DebugFile(t.Context(), id, nil); !errors.Is(err, ErrStatus) {
		t.Errorf("the error is %v", err)
	}
	bad = false
	if _, err := c.DebugFile(t.Context(), id, nil); err != nil {
		t.Errorf("it is not asked again: %v", err)
	}
}

func TestAFileThatIsTooLargeIsNotFetched(t *testing.T) {
	content, id := debugFile(t)
	s := serve(t, has(content, id))
	_, err := New(Options{URLs: []string{s.URL}, Cache: t.TempDir(), MaxSize: 1000}).DebugFile(t.Context(), id, nil)
	if !errors.Is(err, ErrTooLarge) {
		t.Errorf("the error is %v", err)
	}
	if got := s.header.Load().Get("X-DEBUGINFOD-MAXSIZE"); got != "1000" {
		t.Errorf("the server was told %q", got)
	}
}

func TestWhoStopsWaitsForNobody(t *testing.T) {
	over := make(chan struct{})
	s := serve(t, func(http.ResponseWriter, *http.Request) { <-over })
	t.Cleanup(func() { close(over) })
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	if r := New(Options{URLs: []string{s.URL}, Cache: t.TempDir(), Retries: 2}).DebugFiles(ctx, []string{"c0ffee00", "c0ffee01"}, nil); len(r.Paths) != 0 {
		t.Errorf("files came: %v", r.Paths)
	}
}

func TestADirectoryMayBeAServer(t *testing.T) {
	content, id := debugFile(t)
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "buildid", id), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "buildid", id, "debuginfo"), content, 0o600); err != nil {
		t.Fatal(err)
	}
	c := New(Options{URLs: []string{"file://" + dir}, Cache: t.TempDir()})
	r := c.DebugFiles(t.Context(), []string{id, "c0ffee00"}, nil)
	if r.Paths[id] == "" || len(r.Paths) != 1 || r.Bytes != int64(len(content)) || len(r.Failed) != 0 {
		t.Errorf("it gave %+v", r)
	}
}

func TestTheEnvironmentIsReadAsElfutilsDoes(t *testing.T) {
	headers := filepath.Join(t.TempDir(), "headers")
	if err := os.WriteFile(headers, []byte("X-Token: secret\n\n  Y-Other:two \n"), 0o600); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{
		"DEBUGINFOD_URLS": "http://a  https://b/", "DEBUGINFOD_TIMEOUT": "5", "DEBUGINFOD_MAXTIME": "60", "DEBUGINFOD_MAXSIZE": "4096",
		"DEBUGINFOD_RETRY_LIMIT": "1", "DEBUGINFOD_HEADERS_FILE": headers,
	}
	get := func(name string) string { return env[name] }
	o, err := FromEnvironment(get, "/cache")
	if err != nil || !slices.Equal(o.URLs, []string{"http://a", "https://b/"}) || o.Timeout != 5*time.Second || o.MaxTime != time.Minute || o.MaxSize != 4096 || o.Retries != 1 || o.Cache != "/cache" {
		t.Errorf("%+v, %v", o, err)
	}
	if o.Headers.Get("X-Token") != "secret" || o.Headers.Get("Y-Other") != "two" {
		t.Errorf("headers %v", o.Headers)
	}
	env = map[string]string{"DEBUGINFOD_URLS": "http://a ima:enforcing http://b", "DEBUGINFOD_TIMEOUT": "soon", "DEBUGINFOD_HEADERS_FILE": headers + ".gone"}
	o, err = FromEnvironment(get, "")
	if !slices.Equal(o.URLs, []string{"http://a"}) || !errors.Is(err, ErrUnverified) || !errors.Is(err, fs.ErrNotExist) || o.Timeout != 90*time.Second {
		t.Errorf("%+v, %v", o, err)
	}
	if o, err := FromEnvironment(func(string) string { return "" }, ""); err != nil || len(o.URLs) != 0 {
		t.Errorf("without variables: %+v, %v", o, err)
	}
}

func TestWhatNobodyHasReadForLongLeavesTheCache(t *testing.T) {
	cache := t.TempDir()
	c := New(Options{Cache: cache})
	long := time.Now().Add(-30 * 24 * time.Hour)
	for _, name := range []string{"c0ffee00/debuginfo", "c0ffee01/debuginfo", "mine/debuginfo"} {
		path := filepath.Join(cache, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		if name != "c0ffee01/debuginfo" {
			if err := os.Chtimes(path, long, long); err != nil {
				t.Fatal(err)
			}
		}
	}
	stamp := filepath.Join(cache, cleanEvery)
	if err := os.WriteFile(stamp, []byte(strconv.Itoa(3600)), 0o600); err != nil {
		t.Fatal(err)
	}
	left := func() string {
		found, _ := filepath.Glob(filepath.Join(cache, "*", "debuginfo"))
		names := ""
		for _, f := range found {
			names += filepath.Base(filepath.Dir(f)) + " "
		}
		return names
	}
	if c.Clean(); left() != "c0ffee00 c0ffee01 mine " {
		t.Errorf("it was cleaned too soon: %s", left())
	}
	if err := os.Chtimes(stamp, long, long); err != nil {
		t.Fatal(err)
	}
	if c.Clean(); left() != "c0ffee01 mine " {
		t.Errorf("what is left is %s", left())
	}
}
