package opening

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"heapprof/cmd/console"
	"heapprof/internal/debuginfod"
	"heapprof/internal/profile"
	"heapprof/internal/report/human"
	"heapprof/internal/report/names"
	"heapprof/internal/symbol"
	"heapprof/internal/symbolize"
)

// DebuginfodFlags are whether debuginfod servers are asked for debug files.
type DebuginfodFlags struct{ Off bool }

// Add defines the flags on a command.
func (f *DebuginfodFlags) Add(c *cobra.Command) {
	c.Flags().BoolVar(&f.Off, "no-debuginfod", false, "do not ask the servers of DEBUGINFOD_URLS for debug files")
}

// fetching is one time that servers are asked.
type fetching struct {
	streams *console.Streams
	client  *debuginfod.Client
	hosts   string // of the servers, in words
	shown   *console.Progress
	loud    bool // the environment wants progress without a terminal, too

	asked  int // files
	got    []string
	bytes  int64
	failed []error
	ended  bool // by a signal
}

// Start returns what asks the servers that the environment names; nil where there are none, or none are to be asked. What of the
// environment cannot be followed is said.
func (f *DebuginfodFlags) Start(s *console.Streams, shown *console.Progress) *fetching {
	if f.Off {
		return nil
	}
	o, err := debuginfod.FromEnvironment(os.Getenv, symbol.DebuginfodCache())
	if len(o.URLs) == 0 && !errors.Is(err, debuginfod.ErrUnverified) {
		return nil
	}
	if err != nil {
		s.Say("debuginfod: %s", strings.Join(strings.Split(err.Error(), "\n"), "; "))
	}
	if len(o.URLs) == 0 {
		return nil
	}
	return &fetching{streams: s, client: debuginfod.New(o), hosts: hostsOf(o.URLs), shown: shown, loud: os.Getenv("DEBUGINFOD_PROGRESS") != "" && !s.ErrTerminal}
}

// hostsOf returns the name of a server, or how many there are.
func hostsOf(urls []string) string {
	if len(urls) > 1 {
		return human.Counted(uint64(len(urls)), "server")
	}
	if u, err := url.Parse(urls[0]); err == nil && u.Host != "" {
		return u.Host
	}
	return "the server"
}

// Fetch has debug files fetched, until Ctrl-C.
func (f *fetching) Fetch(files []symbolize.Missing) map[string]bool {
	if f.ended {
		return nil
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	f.client.Clean()
	all := human.Counted(uint64(len(files)), "debug file")
	if f.loud {
		f.streams.Say("asking %s for %s", f.hosts, all)
	}
	ids, paths := make([]string, len(files)), make(map[string]string)
	for i, file := range files {
		ids[i], paths[file.BuildID] = file.BuildID, file.Path
	}
	before := f.bytes
	r := f.client.DebugFiles(ctx, ids, func(done int, bytes int64) {
		f.shown.Show(names.Printable(fmt.Sprintf("asking %s for %s: %d done, %s (Ctrl-C goes on without)", f.hosts, all, done, human.Bytes(uint64(bytes)))), console.ProgressEvery)
	})
	f.asked += len(files)
	f.bytes = before + r.Bytes
	f.ended = ctx.Err() != nil
	if !f.ended {
		f.failed = append(f.failed, r.Failed...)
	}
	fetched := make(map[string]bool)
	for id := range r.Paths {
		fetched[id] = true
		f.got = append(f.got, filepath.Base(paths[id]))
	}
	return fetched
}

// Tell says what came of it. always says so even where nothing did.
func (f *fetching) Tell(always bool) {
	if f == nil || f.asked == 0 {
		return
	}
	for _, err := range f.failed {
		f.streams.Say("debuginfod: %s", serverWords(err))
	}
	switch {
	case f.ended:
		f.streams.Say("debuginfod: stopped before all was fetched; heapprof symbolize fetches the rest later")
	case len(f.got) > 0:
		f.streams.Say("debuginfod: %d of %s came from %s, %s", len(f.got), human.Counted(uint64(f.asked), "debug file"), f.hosts, human.Bytes(uint64(f.bytes)))
	case always && len(f.failed) == 0:
		f.streams.Say("debuginfod: none of %s is at %s", human.Counted(uint64(f.asked), "debug file"), f.hosts)
	}
}

// serverWords returns what went wrong with a server, in words.
func serverWords(err error) string {
	var server *debuginfod.ServerError
	if !errors.As(err, &server) {
		return err.Error()
	}
	switch {
	case errors.Is(err, debuginfod.ErrSlow):
		return server.Server + " took too long, and is not asked again now: DEBUGINFOD_TIMEOUT gives it more seconds"
	case errors.Is(err, debuginfod.ErrWrongBuild):
		return server.Server + " sent a file of another build-id, which is not used"
	case errors.Is(err, debuginfod.ErrTooLarge):
		return server.Server + " has a file that is larger than DEBUGINFOD_MAXSIZE allows"
	}
	return err.Error()
}

// NameByServers names what of a new profile has no debug information here, by debug files from servers, where the
// environment names some.
func (f *DebuginfodFlags) NameByServers(s *console.Streams, p *profile.Profile) {
	shown := console.NewProgress(s)
	fetch := f.Start(s, shown)
	if fetch == nil {
		return
	}
	symbolize.Name(p, symbolize.Options{Fetch: fetch.Fetch, Progress: shown.Naming})
	shown.Clear()
	fetch.Tell(false)
}
