package debuginfod

import (
	"context"
	"errors"
	"sync"
)

// Fetched is what came of several files.
type Fetched struct {
	Paths  map[string]string // of the files that are in the cache now, by build-id
	Bytes  int64             // that servers have sent
	Failed []error           // what went wrong, each once; that no server has a file is nothing wrong
}

// atOnce is how many files are fetched at the same time.
const atOnce = 4

// DebugFiles gets several files, some at the same time, until ctx ends. progress, which may be nil, is called from one goroutine at
// a time: with how many of the files are done, and how many bytes have come in all.
func (c *Client) DebugFiles(ctx context.Context, buildIDs []string, progress func(files int, bytes int64)) Fetched {
	r := Fetched{Paths: make(map[string]string)}
	var mu sync.Mutex
	said := make(map[string]bool)
	files, bytes := 0, make(map[string]int64)
	tell := func() {
		r.Bytes = 0
		for _, n := range bytes {
			r.Bytes += n
		}
		if progress != nil {
			progress(files, r.Bytes)
		}
	}
	work := make(chan string)
	var working sync.WaitGroup
	for range min(atOnce, len(buildIDs)) {
		working.Go(func() {
			for id := range work {
				path, err := c.DebugFile(ctx, id, func(done, _ int64) {
					mu.Lock()
					defer mu.Unlock()
					bytes[id] = done
					tell()
				})
				mu.Lock()
				files++
				if err == nil {
					r.Paths[id] = path
				}
				for _, failed := range failures(err) {
					if !said[failed.Error()] {
						said[failed.Error()], r.Failed = true, append(r.Failed, failed)
					}
				}
				tell()
				mu.Unlock()
			}
		})
	}
	for _, id := range buildIDs {
		work <- id
	}
	close(work)
	working.Wait()
	return r
}

// failures returns what an error of DebugFile has besides ErrNone.
func failures(err error) (all []error) {
	if err == nil {
		return nil
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, one := range joined.Unwrap() {
			all = append(all, failures(one)...)
		}
		return all
	}
	if errors.Is(err, ErrNone) {
		return nil
	}
	return []error{err}
}
