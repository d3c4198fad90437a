//go:build linux && (amd64 || arm64)

package recordtest

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"heapprof/cmd/console"
	"heapprof/cmd/wording"
	"heapprof/internal/push"
	"heapprof/internal/push/pushtest"
	"heapprof/internal/report/human"
	"heapprof/internal/testkit"
)

// eachServer runs a test for a server of each kind.
func eachServer(t *testing.T, test func(t *testing.T, f *pushtest.Server)) {
	for name, parca := range map[string]bool{"pyroscope": false, "parca": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, pushtest.New(t, parca))
		})
	}
}

// TestWhatIsPushedAddsUpToTheProfile holds that the pushes of a run have what its profile has, to the byte, and that the
// token is in nothing that is written, nor in the program's environment.
func TestWhatIsPushedAddsUpToTheProfile(t *testing.T) {
	bin := testkit.Build(t, "pushed.c")
	eachServer(t, func(t *testing.T, f *pushtest.Server) {
		file := filepath.Join(t.TempDir(), "p.json")
		c := heapprofRun([]string{"-o", file, "--push", f.Target("", "?tenant=team"), "--push-every", "1s", "--label", `where="a,b"`}, bin, "250")
		c.Env = append(os.Environ(), "HEAPPROF_PUSH_TOKEN=hush-hush")
		r := testkit.Run(t, c)
		if r.Status != 7 || !strings.Contains(r.Stdout, "token: none") {
			t.Fatal(shorten(r))
		}
		written, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if all := r.Stdout + r.Stderr + string(written); strings.Contains(all, "hush") || strings.Contains(all, "tenant") {
			t.Errorf("what is secret is written: %s", r.Stderr)
		}
		if f.Header("Authorization") != "Bearer hush-hush" || f.Header("X-Scope-OrgID") != "team" {
			t.Errorf("%q, tenant %q", f.Header("Authorization"), f.Header("X-Scope-OrgID"))
		}

		all := f.Profiles()
		total := readRecording(t, file).Totals()
		if bytes, blocks := pushtest.Sums(all, "alloc_space"), pushtest.Sums(all, "alloc_objects"); uint64(bytes) != total.TotalBytes || uint64(blocks) != total.TotalBlocks {
			t.Errorf("pushed %d bytes in %d blocks, the profile has %d in %d", bytes, blocks, total.TotalBytes, total.TotalBlocks)
		}
		pushes, last := len(all), all[len(all)-1:]
		if f.Parca { // what lives comes before what was allocated
			pushes, last = len(all)/2, all[len(all)-2:]
		}
		if bytes, blocks := pushtest.Sums(last, "inuse_space"), pushtest.Sums(last, "inuse_objects"); uint64(bytes) != total.EndBytes || uint64(blocks) != total.EndBlocks {
			t.Errorf("the last push has %d bytes in %d blocks in use, the profile %d in %d", bytes, blocks, total.EndBytes, total.EndBlocks)
		}
		if pushes < 2 || !strings.Contains(r.Stderr, "pushed "+human.Counted(uint64(pushes), "profile")+" to "+f.Target("", "")+"\n") {
			t.Errorf("%d pushes; %s", pushes, r.Stderr)
		}
		labels := maps.Clone(all[0].Labels)
		for _, own := range []string{"host", "pid", "__delta__"} {
			delete(labels, own)
		}
		if want := map[string]string{"__name__": "memory", "service_name": "pushed", "where": `"a,b"`}; !maps.Equal(labels, want) {
			t.Errorf("labels %q, want %q", labels, want)
		}
		for _, p := range all {
			for _, s := range p.Sample {
				if leaf := s.Location[0].Line[0].Function.Name; leaf != "load" && leaf != "parse" && s.Value[0] > 1 {
					t.Errorf("a stack of %v ends at %s", s.Value, leaf)
				}
			}
		}
	})
}

// TestAProgramEndsAsEverWhereNothingCanBePushed holds that a server that is not there, or does not let one in, changes
// nothing for the program, and is told of in one line and at the end.
func TestAProgramEndsAsEverWhereNothingCanBePushed(t *testing.T) {
	bin := testkit.Build(t, "pushed.c")
	eachServer(t, func(t *testing.T, f *pushtest.Server) {
		target := f.Target("me:hush-hush@", "")
		f.Close()
		file := filepath.Join(t.TempDir(), "p.json")
		r := testkit.Run(t, heapprofRun([]string{"-q", "-o", file, "--push", target, "--push-every", "1s"}, bin, "150"))
		if r.Status != 7 || readRecording(t, file).Totals().TotalBlocks < 150 {
			t.Error(shorten(r))
		}
		lines := strings.Split(strings.TrimSpace(r.Stderr), "\n")
		if len(lines) != 2 || !strings.Contains(lines[0], "fails: the server is not reached (dial tcp") || !strings.Contains(lines[1], "the last push to ") || strings.Contains(r.Stderr, "hush") {
			t.Errorf("said:\n%s", r.Stderr)
		}
	})
}

func TestFlagsOfPushesThatCannotBeAreRefusedInOneLine(t *testing.T) {
	for flags, want := range map[string]string{
		"--label a=b":                                   "--push-every and --label are for what is pushed: say where to, with --push URL",
		"--push http://me:hush@host":                    "http and https do not say what the server is: write pyroscope+http://HOST:4040",
		"--push hush":                                   "it is no URL",
		"--push hush://x":                               "its scheme is not one that heapprof knows",
		"--push parca+grpc://":                          "it names no host",
		"--push parca+grpc://host?user=hush":            "only tenant=ID may stand",
		"--push parca+grpc://host --push-every 10ms":    "no time of 1s or more",
		"--push parca+grpc://host --push-every often":   "no time of 1s or more",
		"--push parca+grpc://host --label a":            `--label "a" has no =: write NAME=VALUE`,
		"--push parca+grpc://host --label __name__=cpu": "which begin with __",
		"--push parca+grpc://host --label a-b=c":        "it is of letters, digits and _",
	} {
		r := testkit.Run(t, heapprofRun(strings.Fields(flags), "true"))
		if r.Status != console.ExitRunFailure || strings.Count(r.Stderr, "\n") != 1 || !strings.Contains(r.Stderr, want) || strings.Contains(r.Stderr, "hush") {
			t.Errorf("%s: %s", flags, shorten(r))
		}
	}
}

func TestEachWayThatAPushFailsHasWords(t *testing.T) {
	pyroscope, err := push.ParseTarget("pyroscope+http://host", "")
	if err != nil {
		t.Fatal(err)
	}
	parca, err := push.ParseTarget("parca+grpc://host", "")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		f    push.Failure
		t    *push.Target
		want string
	}{
		{push.Failure{Cause: push.NotReached, Detail: "connection refused"}, parca, "the server is not reached (connection refused)"},
		{push.Failure{Cause: push.NotReached}, parca, "the server is not reached"},
		{push.Failure{Cause: push.NoAnswer, Detail: "EOF"}, parca, "no answer came, and what was sent may be counted twice (EOF)"},
		{push.Failure{Cause: push.NotAllowed, Status: 401}, pyroscope, "the server does not let it, status 401; HEAPPROF_PUSH_TOKEN has a token for it, or the URL a user"},
		{push.Failure{Cause: push.NotAllowed, Code: 16, Detail: "who"}, parca, "the server does not let it, gRPC code 16 (who); HEAPPROF_PUSH_TOKEN has a token for it, or the URL a user"},
		{push.Failure{Cause: push.NoSuchCall, Status: 404}, pyroscope, "what answers is no Pyroscope of 1.0 or later, status 404"},
		{push.Failure{Cause: push.NoSuchCall, Code: 12}, parca, "what answers is no Parca, gRPC code 12"},
		{push.Failure{Cause: push.Redirected, Status: 302}, pyroscope, "the server says to go elsewhere, status 302: write its own address"},
		{push.Failure{Cause: push.Busy, Status: 429, Detail: "too fast"}, pyroscope, "the server does not take it now, status 429 (too fast)"},
		{push.Failure{Cause: push.Invalid, Status: 400, Detail: "too large"}, pyroscope, "the server refuses the profile, status 400 (too large)"},
		{push.Failure{Cause: push.Unwritable, Detail: "too much"}, pyroscope, "the profile cannot be written in pprof's format (too much)"},
	} {
		if got := wording.PushWords(&c.f, c.t); got != c.want {
			t.Errorf("%+v: %q, want %q", c.f, got, c.want)
		}
	}
}
