package cmd

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"heapprof/cmd/console"
	"heapprof/internal/profile"
	"heapprof/internal/report/reporttest"
	"heapprof/internal/report/view"
)

// checkServed has a profile served, and holds that what is answered is true of it.
func checkServed(t *testing.T, file string, p *profile.Profile) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	out, outEnd := io.Pipe()
	var said strings.Builder
	root := Root(&console.Streams{In: strings.NewReader(""), Out: outEnd, Err: &said})
	root.SetArgs([]string{"serve", "--listen", "127.0.0.1:0", file})
	ended := make(chan error, 1)
	go func() {
		err := root.ExecuteContext(ctx)
		outEnd.Close()
		ended <- err
	}()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("serve: no address is printed: %v, %s", <-ended, said.String())
	}
	url := strings.TrimSpace(line)
	client := http.Client{Timeout: 5 * time.Minute}
	get := func(path string) string {
		r, err := client.Get(url + path)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		text, err := io.ReadAll(r.Body)
		if err != nil || r.StatusCode != http.StatusOK {
			t.Errorf("serve: %s: status %d, %v: %.200s", path, r.StatusCode, err, text)
		}
		return string(text)
	}
	if page := get(""); !strings.Contains(page, "</html>") {
		t.Errorf("serve: the page is %.200s", page)
	}
	checkExposition(t, get("metrics"), p)
	for path, name := range map[string]string{"heapprof.json.gz": "served.json.gz", "debug/pprof/heap": "served.pb.gz"} {
		written := filepath.Join(filepath.Dir(file), name)
		if err := os.WriteFile(written, []byte(get(path)), 0o600); err != nil {
			t.Fatal(err)
		}
		if p.Measure() == profile.HeapBlocks || path == "heapprof.json.gz" {
			checkWritten(t, written, p)
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("serve: %v: %s", err, said.String())
	}
	if bad := reporttest.Untrue(said.String()); bad != "" {
		t.Errorf("serve: %q in %s", bad, said.String())
	}
}

// checkExposition holds that metrics are there of what the profile knows, and of nothing else.
func checkExposition(t *testing.T, text string, p *profile.Profile) {
	t.Helper()
	there := func(name string) bool { return strings.Contains(text, "\n"+name) }
	ofHeap := p.Measure() == profile.HeapBlocks
	for name, want := range map[string]bool{
		"heapprof_allocated_bytes_total": ofHeap && view.TotalBytes.Has(p), "heapprof_allocated_blocks_total": ofHeap && view.TotalBlocks.Has(p),
		"heapprof_live_bytes": view.EndBytes.Has(p), "heapprof_live_blocks": view.EndBlocks.Has(p),
		"heapprof_peak_bytes": view.PeakBytes.Has(p), "heapprof_peak_blocks": view.PeakBlocks.Has(p),
		"heapprof_freed_bytes_total":          view.EndBytes.Has(p) && view.TotalBytes.Has(p),
		"heapprof_copied_bytes_total":         p.Measure() == profile.CopiedBytes,
		"heapprof_events_total":               p.Measure() == profile.CountedEvents,
		"heapprof_site_allocated_bytes_total": ofHeap && view.TotalBytes.Has(p),
		"heapprof_site_live_bytes":            view.EndBytes.Has(p),
		"heapprof_site_peak_bytes":            view.PeakBytes.Has(p) && !view.EndBytes.Has(p),
	} {
		if there(name) != want {
			t.Errorf("serve: %s is told: %v, and known: %v, in\n%s", name, !want, want, text)
		}
	}
}
