package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"

	"heapprof/internal/procfs"
)

// byOurselves attaches by the package that the command attaches by. It does so in another process of this program, which lives on from one time to
// the next: who waits for children, as this one does, is told of their stops when it traces them itself.
type byOurselves struct {
	worker *exec.Cmd
	to     io.WriteCloser
	from   *json.Decoder
	// told is what came of the last time.
	told report
}

// workerCommand is how this program is called to be a worker.
const workerCommand = "attach-worker"

func newOwn() (*byOurselves, error) {
	self, err := procfs.Self()
	if err != nil {
		return nil, err
	}
	b := &byOurselves{worker: exec.Command(self.Exe(), workerCommand)}
	b.worker.Stderr = os.Stderr
	if b.to, err = b.worker.StdinPipe(); err != nil {
		return nil, err
	}
	from, err := b.worker.StdoutPipe()
	if err != nil {
		return nil, err
	}
	b.from = json.NewDecoder(bufio.NewReader(from))
	return b, b.worker.Start()
}

// close has the worker end.
func (b *byOurselves) close() error {
	b.to.Close()
	return b.worker.Wait()
}

// attach asks the worker, and tells it when to detach.
func (b *byOurselves) attach(_ context.Context, pid int, during func()) (got attached, err error) {
	start := time.Now()
	if _, err := fmt.Fprintln(b.to, pid); err != nil {
		return got, err
	}
	b.told = report{}
	if err := b.from.Decode(&b.told); err != nil {
		return got, fmt.Errorf("the process that attaches has ended: %w", err)
	}
	if !b.told.Recording {
		return b.result(got)
	}
	got.began = time.Since(start)
	during()
	asked := time.Now()
	if _, err := fmt.Fprintln(b.to, "detach"); err != nil {
		return got, err
	}
	b.told = report{}
	if err := b.from.Decode(&b.told); err != nil {
		return got, fmt.Errorf("the process that attaches has ended: %w", err)
	}
	got.ended = time.Since(asked)
	return b.result(got)
}

// result returns what was told.
func (b *byOurselves) result(got attached) (attached, error) {
	got.pauses, got.calls, got.refused = b.told.Pauses, b.told.Calls, b.told.Refused
	if b.told.Error != "" {
		return got, errors.New(b.told.Error)
	}
	return got, nil
}
