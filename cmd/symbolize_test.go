//go:build linux && (amd64 || arm64)

package cmd

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"heapprof/internal/object"
	"heapprof/internal/testkit"
)

// startDebuginfod starts elfutils' server for the debug files in a directory, and returns its address when it has the one of a
// build-id.
func startDebuginfod(t *testing.T, dir, buildID string) string {
	t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := free.Addr().(*net.TCPAddr).Port
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	server := exec.Command(testkit.Tool(t, "debuginfod"), "-F", "-p", fmt.Sprint(port), "-d", filepath.Join(t.TempDir(), "db.sqlite"), dir)
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait() // it was killed
	})
	address := fmt.Sprintf("http://127.0.0.1:%d", port)
	for end := time.Now().Add(60 * time.Second); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if r, err := http.Get(address + "/buildid/" + buildID + "/debuginfo"); err == nil {
			_ = r.Body.Close()
			if r.StatusCode == http.StatusOK {
				return address
			}
		}
	}
	t.Fatal("debuginfod has nothing after a minute")
	return ""
}

func TestAStrippedProgramGetsItsNamesFromADebuginfodServer(t *testing.T) {
	testkit.Tool(t, "debuginfod")
	content, err := os.ReadFile(testkit.Build(t, "tree.c", "-g", "-O1", "-Wl,--build-id"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	t.Chdir(dir)
	if err := os.WriteFile("tree", content, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir("files", 0o700); err != nil {
		t.Fatal(err)
	}
	for _, words := range [][]string{{"--only-keep-debug", "tree", "files/tree.debug"}, {"--strip-all", "tree"}} {
		if out, err := exec.Command(testkit.Tool(t, "objcopy"), words...).CombinedOutput(); err != nil {
			t.Fatalf("objcopy: %v\n%s", err, out)
		}
	}
	var id string
	if err := object.Read("tree", func(f *object.File) error { id = f.BuildID; return nil }); err != nil {
		t.Fatal(err)
	}
	heapprof := func(env string, args ...string) string {
		c := exec.Command("heapprof", args...)
		c.Env = append(os.Environ(), "DEBUGINFOD_CACHE_PATH="+filepath.Join(dir, "cache"), "DEBUGINFOD_URLS="+env)
		r := testkit.Run(t, c)
		if r.Status != 0 {
			t.Fatalf("heapprof %s: status %d\n%s%s", strings.Join(args, " "), r.Status, r.Stdout, r.Stderr)
		}
		return r.Stdout + r.Stderr
	}
	const function, asked = "new_node", "debuginfod: 1 of "
	if said := heapprof("", "run", "-o", "bare.json.gz", "./tree"); strings.Contains(said, function) || strings.Contains(said, "debuginfod") {
		t.Fatalf("there are names already:\n%s", said)
	}
	server := startDebuginfod(t, filepath.Join(dir, "files"), id)
	if said := heapprof(server, "run", "--no-debuginfod", "-o", "not.json.gz", "./tree"); strings.Contains(said, function) {
		t.Errorf("the server was asked though it was not to be:\n%s", said)
	}
	if said := heapprof(server, "report", "bare.json.gz"); strings.Contains(said, function) {
		t.Errorf("reading a profile asked the server:\n%s", said)
	}
	if said := heapprof(server, "symbolize", "bare.json.gz", "-o", "named.json.gz"); !strings.Contains(said, asked) {
		t.Errorf("symbolize says:\n%s", said)
	}
	if said := heapprof("", "report", "named.json.gz"); !strings.Contains(said, function+"  tree.c:") {
		t.Errorf("the profile has no line of %s:\n%s", function, said)
	}
	// What has been fetched is there for elfutils' own client, and for whoever reads a profile.
	client := exec.Command(testkit.Tool(t, "debuginfod-find"), "debuginfo", id)
	client.Env = append(os.Environ(), "DEBUGINFOD_CACHE_PATH="+filepath.Join(dir, "cache"), "DEBUGINFOD_URLS=http://127.0.0.1:1")
	if out, err := client.Output(); err != nil || strings.TrimSpace(string(out)) != filepath.Join(dir, "cache", id, "debuginfo") {
		t.Errorf("debuginfod-find says %q: %v", out, err)
	}
	if said := heapprof("", "report", "not.json.gz"); !strings.Contains(said, function+"  tree.c:") {
		t.Errorf("the cache was not looked at:\n%s", said)
	}
	if err := os.RemoveAll("cache"); err != nil {
		t.Fatal(err)
	}
	// A check says who exceeds a limit by the name that the server has.
	c := exec.Command("heapprof", "check", "--max", "peak-bytes=1", "--", "./tree")
	c.Env = append(os.Environ(), "DEBUGINFOD_CACHE_PATH="+filepath.Join(dir, "cache"), "DEBUGINFOD_URLS="+server)
	if r := testkit.Run(t, c); !strings.Contains(r.Stderr+r.Stdout, function+"  tree.c:") {
		t.Errorf("check says:\n%s%s", r.Stdout, r.Stderr)
	}
	if err := os.RemoveAll("cache"); err != nil {
		t.Fatal(err)
	}
	if said := heapprof(server, "run", "-o", "now.json.gz", "./tree"); !strings.Contains(said, asked) || !strings.Contains(said, function+"  tree.c:") {
		t.Errorf("run did not ask the server:\n%s", said)
	}
}
