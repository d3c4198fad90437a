package serve

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestOnlyWhoHasTheTokenIsAnswered(t *testing.T) {
	s, from := server(nil)
	for _, c := range []struct {
		path   string
		change func(*http.Request)
		status int
	}{
		{"/" + testToken + "/", nil, 200},
		{"/" + testToken + "/metrics", nil, 200},
		{"/" + testToken, nil, http.StatusPermanentRedirect},
		{"/", nil, 404},
		{"/metrics", nil, 404},
		{"/debug/pprof/heap", nil, 404},
		{"/" + testToken[:19] + "/", nil, 404},
		{"/" + testToken + "X/", nil, 404},
		{"/" + strings.ToLower(testToken) + "/", nil, 404},
		{"/metrics?token=" + testToken, nil, 404},
		{"/metrics", header("Authorization", "Bearer "+testToken), 200},
		{"/", header("Authorization", "Bearer "+testToken), 200},
		{"/metrics", header("Authorization", "Bearer x"), 404},
		{"/metrics", header("Authorization", testToken), 404},
		{"/metrics", func(r *http.Request) { r.SetBasicAuth("anybody", testToken) }, 200},
		{"/metrics", func(r *http.Request) { r.SetBasicAuth(testToken, "") }, 404},
		{"/" + testToken + "/no-such", nil, 404},
		{"/" + testToken + "/../metrics", nil, 404},
	} {
		if w := asked(s, "GET", c.path, c.change); w.Code != c.status {
			t.Errorf("%s: status %d, want %d", c.path, w.Code, c.status)
		}
	}
	none, _ := server(func(o *Options) { o.Token = "" })
	for _, path := range []string{"/", "//", "/metrics"} {
		if w := asked(none, "GET", path, nil); w.Code != 404 {
			t.Errorf("without a token %s: status %d", path, w.Code)
		}
	}
	if w := asked(s, "GET", "/metrics", nil); w.Header().Get("WWW-Authenticate") != "" {
		t.Error("a browser would ask for a password, and keep it")
	}
	if from.looks > 1 || from.profiles > 1 {
		t.Errorf("looked %d times and made %d profiles, for whoever had no token, too", from.looks, from.profiles)
	}
}

func TestOnlyItsOwnNamesAreAnswered(t *testing.T) {
	s, _ := server(nil)
	for name, status := range map[string]int{
		"127.0.0.1:7070": 200, "127.0.0.1": 200, "localhost:7070": 200, "LOCALHOST": 200, "[::1]:7070": 200, "[::1]": 200, "192.0.2.7:80": 200,
		"box.example:7070": 200, "localhost:9999": 200, "heap.localhost:7070": 200, "box.example.": 200,
		"evil.example": 403, "evil.example:7070": 403, "127.0.0.1.evil.example": 403, "notlocalhost": 403, "box.example.evil": 403, "": 403, "127.0.0.1@evil.example": 403,
	} {
		if w := asked(s, "GET", "/"+testToken+"/metrics", host(name)); w.Code != status {
			t.Errorf("Host %q: status %d, want %d", name, w.Code, status)
		}
	}
}

func TestNoOtherPageHasAnythingOfIt(t *testing.T) {
	s, from := server(nil)
	for _, c := range []struct {
		method, path string
		change       func(*http.Request)
		status       int
	}{
		{"GET", "/", headers("Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors", "Sec-Fetch-Dest", "script"), 403},
		{"GET", "/page.json", headers("Sec-Fetch-Site", "same-site", "Sec-Fetch-Mode", "cors", "Sec-Fetch-Dest", "empty"), 403},
		{"GET", "/", headers("Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "iframe"), 403},
		{"GET", "/", headers("Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"), 200},
		{"GET", "/now.json", headers("Sec-Fetch-Site", "same-origin", "Sec-Fetch-Mode", "cors", "Sec-Fetch-Dest", "empty"), 200},
		{"POST", "/stop", headers("Sec-Fetch-Site", "cross-site"), 403},
		{"POST", "/stop", headers("Origin", "http://evil.example"), 403},
		{"POST", "/stop", headers("Origin", "null"), 403},
		{"POST", "/stop", headers("Origin", "http://127.0.0.1:7071"), 403},
		{"POST", "/stop", headers("Sec-Fetch-Site", "same-site", "Origin", "http://127.0.0.1:7071"), 403},
		{"POST", "/stop", headers("Sec-Fetch-Site", "same-origin", "Origin", "http://127.0.0.1:7070"), 204},
		{"POST", "/stop", nil, 204}, // no browser
	} {
		before := from.stopped
		w := asked(s, c.method, "/"+testToken+c.path, c.change)
		if w.Code != c.status || (from.stopped > before) != (c.status == 204) {
			t.Errorf("%s %s: status %d, want %d; stopped %d times", c.method, c.path, w.Code, c.status, from.stopped-before)
		}
	}
	h := asked(s, "GET", "/"+testToken+"/", nil).Header()
	for name, want := range map[string]string{
		"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cross-Origin-Opener-Policy": "same-origin",
		"Cross-Origin-Resource-Policy": "same-origin", "Cache-Control": "no-store", "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
		"Access-Control-Allow-Origin": "",
	} {
		if got := h.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestNothingIsChangedByAGet(t *testing.T) {
	s, from := server(nil)
	for path, p := range s.paths {
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"} {
			before := from.stopped + len(from.marks)
			w := asked(s, method, "/"+testToken+"/"+path, nil)
			isRead := method == "GET" || method == "HEAD"
			if allowed := p.posted && method == "POST" || !p.posted && isRead; allowed == (w.Code == http.StatusMethodNotAllowed) {
				t.Errorf("%s %s: status %d", method, path, w.Code)
			}
			if from.stopped+len(from.marks) != before && method != "POST" {
				t.Errorf("%s %s has changed something", method, path)
			}
		}
	}
	if from.stopped != 1 || len(from.marks) != 1 {
		t.Errorf("stopped %d times, %d marks: each was posted once", from.stopped, len(from.marks))
	}
}

func TestWithoutControlNothingCanBeChanged(t *testing.T) {
	s, _ := server(func(o *Options) { o.Control = nil })
	for _, path := range []string{"mark", "stop"} {
		if w := asked(s, "POST", "/"+testToken+"/"+path, nil); w.Code != 404 {
			t.Errorf("%s: status %d", path, w.Code)
		}
	}
}

func TestAMarkIsNamed(t *testing.T) {
	s, from := server(nil)
	mark := func(name string) *httptest.ResponseRecorder {
		r := httptest.NewRequest("POST", "http://127.0.0.1/"+testToken+"/mark", strings.NewReader("name="+name))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		return w
	}
	if w := mark("loaded"); w.Code != 200 || strings.TrimSpace(w.Body.String()) != `{"name":"loaded-2"}` || from.marks[0] != "loaded" {
		t.Errorf("status %d, %s, marks %q", w.Code, w.Body, from.marks)
	}
	if w := mark(strings.Repeat("x", 256)); w.Code != 400 {
		t.Errorf("a long name: status %d", w.Code)
	}
	from.err = errors.New("the recording has ended")
	if w := mark("late"); w.Code != 409 || !strings.Contains(w.Body.String(), "has ended") {
		t.Errorf("status %d, %s", w.Code, w.Body)
	}
}

func TestWorkIsDoneOnceForAllWhoAsk(t *testing.T) {
	now := time.Unix(1e9, 0)
	s, from := server(func(o *Options) { o.Now = func() time.Time { return now } })
	get := func(path string) string { return asked(s, "GET", "/"+testToken+"/"+path, nil).Body.String() }
	first := get("now.json")
	for range 5 {
		get("now.json")
		get("metrics")
		get("debug/pprof/heap")
		get("")
	}
	if from.looks != 1 || from.profiles != 1 {
		t.Errorf("looked %d times, made %d profiles", from.looks, from.profiles)
	}
	now = now.Add(time.Second)
	if second := get("now.json"); second == first || from.looks != 2 {
		t.Errorf("after a second looked %d times", from.looks)
	}
	from.state = Ended
	get("now.json")
	now = now.Add(time.Hour)
	get("now.json")
	get("metrics")
	if from.looks != 3 {
		t.Errorf("what has ended was looked at %d times more", from.looks-2)
	}
}

func TestWhatTakesLongIsMadeSeldom(t *testing.T) {
	now := time.Unix(1e9, 0)
	m := newMade[int]()
	get := func() int {
		v, _, err := m.get(t.Context(), time.Second, func() time.Time { return now }, Live, func() (int, error) {
			now = now.Add(3 * time.Second)
			return m.value + 1, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	get()
	now = now.Add(26 * time.Second)
	if v := get(); v != 1 {
		t.Errorf("what takes 3 s was made anew after 26 s")
	}
	now = now.Add(2 * time.Second)
	if v := get(); v != 2 {
		t.Errorf("it was not made anew after 28 s")
	}
}

func TestAnErrorIsSaidAndNotKept(t *testing.T) {
	var said []string
	s, from := server(func(o *Options) {
		o.Error = func(what string, err error) { said = append(said, what+": "+err.Error()) }
	})
	from.err = errors.New("no room")
	if w := asked(s, "GET", "/"+testToken+"/metrics", nil); w.Code != 500 || !strings.Contains(w.Body.String(), "no room") {
		t.Errorf("status %d, %s", w.Code, w.Body)
	}
	if len(said) != 1 || said[0] != "the metrics: no room" {
		t.Errorf("said %q", said)
	}
	from.err = nil
	if w := asked(s, "GET", "/"+testToken+"/metrics", nil); w.Code != 200 {
		t.Errorf("afterwards: status %d", w.Code)
	}
}

func TestPProfIsAnsweredAsGoDoes(t *testing.T) {
	s, from := server(func(o *Options) {
		o.Wait = func(d time.Duration) <-chan time.Time {
			if d != 30*time.Second {
				t.Errorf("waited for %v", d)
			}
			c := make(chan time.Time, 1)
			c <- time.Time{}
			return c
		}
	})
	get := func(path string) *httptest.ResponseRecorder {
		return asked(s, "GET", "/"+testToken+"/debug/pprof/"+path, nil)
	}
	for path, want := range map[string]string{
		"heap": "pprof at 1000000, {Allocs:false Labels:false}", "allocs": "pprof at 1000000, {Allocs:true Labels:false}", "heap?debug=0&gc=1&labels=1": "pprof at 1000000, {Allocs:false Labels:true}",
	} {
		w := get(path)
		if w.Code != 200 || w.Body.String() != want || w.Header().Get("Content-Type") != "application/octet-stream" {
			t.Errorf("%s: status %d, %q", path, w.Code, w.Body)
		}
	}
	w := get("heap?seconds=30")
	if w.Body.String() != "delta from 2000000 to 3000000" || w.Header().Get("Content-Disposition") != `attachment; filename="heap-delta"` {
		t.Errorf("%s, %q", w.Body, w.Header())
	}
	for _, path := range []string{"heap?seconds=x", "heap?seconds=0", "heap?seconds=-1", "heap?seconds=100000", "heap?debug=1"} {
		if w := get(path); w.Code != 400 {
			t.Errorf("%s: status %d", path, w.Code)
		}
	}
	from.state = File
	if w := get("heap?seconds=1"); w.Code != 400 {
		t.Errorf("the delta of a file: status %d", w.Code)
	}
	for _, path := range []string{"profile", "goroutine", "trace", "cmdline"} {
		if w := get(path); w.Code != 404 {
			t.Errorf("%s: status %d", path, w.Code)
		}
	}
}

func TestNotTooManyWaitForADelta(t *testing.T) {
	waiting := make(chan struct{}, 10)
	release := make(chan time.Time)
	s, _ := server(func(o *Options) {
		o.Wait = func(time.Duration) <-chan time.Time {
			waiting <- struct{}{}
			return release
		}
	})
	var group sync.WaitGroup
	for range mostDeltas {
		group.Go(func() { asked(s, "GET", "/"+testToken+"/debug/pprof/heap?seconds=1", nil) })
	}
	for range mostDeltas {
		<-waiting
	}
	if w := asked(s, "GET", "/"+testToken+"/debug/pprof/heap?seconds=1", nil); w.Code != 503 || w.Header().Get("Retry-After") == "" {
		t.Errorf("one more: status %d", w.Code)
	}
	if w := asked(s, "GET", "/"+testToken+"/metrics", nil); w.Code != 200 {
		t.Errorf("something else meanwhile: status %d", w.Code)
	}
	close(release)
	group.Wait()
}

func TestTablesAreSentAgainOnlyWhereTheyHaveChanged(t *testing.T) {
	now := time.Unix(1e9, 0)
	s, _ := server(func(o *Options) { o.Now = func() time.Time { return now } })
	first := asked(s, "GET", "/"+testToken+"/page.json", header("Accept-Encoding", "gzip"))
	z, err := gzip.NewReader(bytes.NewReader(first.Body.Bytes()))
	if err != nil || first.Header().Get("Content-Encoding") != "gzip" {
		t.Fatalf("%v, %q", err, first.Header())
	}
	text, _ := io.ReadAll(z)
	if !strings.Contains(string(text), `"endTime":1000000`) {
		t.Errorf("%s", text)
	}
	if plain := asked(s, "GET", "/"+testToken+"/page.json", nil); plain.Body.String() != string(text) {
		t.Errorf("without compression it is %s", plain.Body)
	}
	tag := first.Header().Get("ETag")
	if again := asked(s, "GET", "/"+testToken+"/page.json", header("If-None-Match", tag)); again.Code != http.StatusNotModified || again.Body.Len() > 0 {
		t.Errorf("status %d", again.Code)
	}
	now = now.Add(time.Minute)
	if later := asked(s, "GET", "/"+testToken+"/page.json", header("If-None-Match", tag)); later.Code != 200 || later.Header().Get("ETag") == tag {
		t.Errorf("status %d, %s", later.Code, later.Header().Get("ETag"))
	}
}

func TestADocumentIsLiveUnlessItIsOfAFile(t *testing.T) {
	for state, want := range map[State]string{Live: "true", Ended: "true", File: "false"} {
		s, from := server(nil)
		from.state = state
		if got := asked(s, "GET", "/"+testToken+"/", nil).Body.String(); got != "the page, live: "+want {
			t.Errorf("%s: %s", state, got)
		}
	}
}

func TestAToken(t *testing.T) {
	one, other := NewToken(), NewToken()
	if CheckToken(one) != nil || one == other || len(one) < 26 {
		t.Error("tokens are not as they should be")
	}
	for _, bad := range []string{"", "short", "has a space in it, and is long", "slash/slash/slash/slash", "größer-als-sechzehn", "percent%2Fpercent%2F"} {
		if CheckToken(bad) == nil {
			t.Errorf("%q is taken for a token", bad)
		}
	}
}

func TestASlowClientIsLetGo(t *testing.T) {
	s, _ := server(nil)
	h := s.HTTP()
	if h.ReadHeaderTimeout == 0 || h.ReadTimeout == 0 || h.WriteTimeout == 0 || h.IdleTimeout == 0 || h.MaxHeaderBytes > 64<<10 {
		t.Errorf("there are no limits: %+v", h)
	}
}
