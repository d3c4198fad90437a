// Package push sends what a recording under way has to a server of profiles, each minute: Grafana Pyroscope or Parca. It
// imports the profile, frames, view and pprof.
//
// What lives is sent as it is at that moment. What was allocated is sent as what came since the last push that the server
// has: if one fails, the next has it, so that nothing is left out. Nothing counts twice either, unless a server took a push
// and its answer got lost.
package push

import (
	"cmp"
	"context"
	"crypto/x509"
	"sync"
	"time"

	"heapprof/internal/profile"
	"heapprof/internal/report/frames"
)

// Source is a recording under way.
type Source interface {
	// Look returns what there is until now of each process that is recorded, or an error once the recording has ended.
	Look() ([]*profile.Profile, error)
}

// Options are what is pushed, and where to.
type Options struct {
	Target *Target
	Source Source
	Every  time.Duration // from one push to the next
	Labels []Label       // see ParseLabels
	Rules  frames.Rules  // what is plumbing: it is left out
	Agent  string        // who one is, for the server's log: heapprof/v1.2.3
	Roots  *x509.CertPool

	// Failed is called when pushes begin to fail, and Works when all succeed after so many tries did not. Neither may
	// call the Pusher. They may be nil.
	Failed func(*Failure)
	Works  func(failed int)
}

// Last is how long the last push may take altogether, with one that is under way.
const Last = 10 * time.Second

// pace is how long a Pusher waits for what. Tests are in a hurry.
type pace struct {
	first   time.Duration // until the first push, at most: one who waits learns soon whether it works
	longest time.Duration // for a push
	last    time.Duration // see Last
	again   time.Duration // until a push that failed is tried again: then twice as long, and so on
}

// Pusher pushes a recording, by a goroutine of its own.
type Pusher struct {
	o      Options
	pace   pace
	client *client
	ctx    context.Context // of calls under way
	cancel context.CancelFunc
	stop   chan struct{}
	done   chan struct{} // closed when the goroutine has ended, and all below is the caller's

	mu     sync.Mutex
	finals []*profile.Profile // that Add was given
	wake   chan struct{}      // there are some

	began    time.Time
	accounts accounts
	failed   int // tries one after the other
	pushed   int
}

// Start begins to push.
func Start(o Options) *Pusher {
	return startAt(o, pace{first: 10 * time.Second, longest: 30 * time.Second, last: Last, again: time.Second})
}

func startAt(o Options, pace pace) *Pusher {
	p := &Pusher{
		o: o, pace: pace, client: newClient(o.Target, o.Agent, o.Roots), began: time.Now(),
		stop: make(chan struct{}), done: make(chan struct{}), wake: make(chan struct{}, 1),
	}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	go p.run()
	return p
}

// run pushes until it is to stop.
func (p *Pusher) run() {
	defer close(p.done)
	begin := min(p.o.Every, p.pace.first)
	timer := time.NewTimer(begin)
	defer timer.Stop()
	due := time.Now().Add(begin) // when there is to be a look
	wait := p.pace.again         // until what failed is tried again
	for {
		select {
		case <-p.stop:
			return
		case <-p.wake:
			if p.failed > 0 {
				continue // it is tried again when it is time to
			}
		case <-timer.C:
		}
		f := p.make(p.added())
		if now := time.Now(); !now.Before(due) {
			due, wait = now.Add(p.o.Every), p.pace.again
			looks, err := p.o.Source.Look()
			if err != nil {
				timer.Reset(p.o.Every) // it has ended, and End will be called
				continue
			}
			p.accounts.rest()
			f = cmp.Or(p.make(looks), f)
		}
		f = cmp.Or(p.flush(time.Now().Add(p.pace.longest)), f)
		p.tell(f)
		next := time.Until(due)
		if f != nil && f.later {
			next = min(next, wait)
			wait *= 2
		}
		timer.Reset(max(next, 0))
	}
}

// Add has the profile pushed that a process came to, which has ended before the recording. It does not wait for that.
func (p *Pusher) Add(last *profile.Profile) {
	p.mu.Lock()
	p.finals = append(p.finals, last)
	p.mu.Unlock()
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// added returns what was added since it was last asked for.
func (p *Pusher) added() []*profile.Profile {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := p.finals
	p.finals = nil
	return all
}

// make makes deliveries of profiles, each in the place of the one that the server has not got yet.
func (p *Pusher) make(of []*profile.Profile) (failed *Failure) {
	for _, q := range of {
		a := p.accounts.of(q, p.began)
		if a == nil {
			continue
		}
		// The systems tell pushes apart by milliseconds.
		at := time.Now()
		if least := a.at.Add(time.Millisecond); at.Before(least) {
			at = least
		}
		d, err := p.newDelivery(a, q, at)
		if err != nil {
			failed = &Failure{Cause: Unwritable, Detail: p.client.line(err.Error())}
			continue
		}
		a.at, a.unsent = at, d
	}
	p.accounts.trim()
	return failed
}

// flush sends what the server has not got, until there is no use in more. It returns the last failure.
func (p *Pusher) flush(deadline time.Time) (failed *Failure) {
	for _, a := range p.accounts.all {
		d := a.unsent
		if d == nil {
			continue
		}
		if len(d.samples) > 0 {
			ctx, cancel := context.WithDeadline(p.ctx, deadline)
			f := p.client.send(ctx, d.body)
			cancel()
			if f != nil && f.Cause != Invalid {
				return f
			}
			if f != nil {
				failed = f // of this one alone
				if a.ended {
					a.unsent = nil
				}
				continue
			}
			p.pushed++
		}
		a.ledger.told, a.since, a.unsent = d.then, d.at, nil
	}
	return failed
}

// tell says when pushes begin to fail, and when they work again.
func (p *Pusher) tell(f *Failure) {
	if f != nil {
		p.failed++
		if p.failed == 1 && p.o.Failed != nil {
			p.o.Failed(f)
		}
		return
	}
	if p.failed > 0 && p.o.Works != nil {
		p.o.Works(p.failed)
	}
	p.failed = 0
}

// Result is what became of the pushes.
type Result struct {
	Pushed int       // how many the server has
	Last   *Failure  // of the last; nil: the server has everything
	Since  time.Time // where it has not: since when, of the first profile
}

// End makes the last push, of the profiles that the recording came to, and ends. It takes at most Last.
func (p *Pusher) End(last ...*profile.Profile) Result {
	deadline := time.Now().Add(p.pace.last)
	over := time.AfterFunc(p.pace.last, p.cancel)
	defer over.Stop()
	close(p.stop)
	<-p.done
	defer p.cancel()
	defer p.client.close()
	result := Result{Since: p.began}
	f := p.make(append(p.added(), last...))
	for wait := p.pace.again / 2; ; wait *= 2 {
		g := p.flush(deadline)
		f = cmp.Or(g, f)
		p.tell(f)
		if g == nil || !g.later || time.Until(deadline) < wait || p.ctx.Err() != nil {
			break
		}
		f = nil
		time.Sleep(wait)
	}
	if len(p.accounts.all) > 0 {
		result.Since = p.accounts.all[0].since
	}
	result.Pushed, result.Last = p.pushed, f
	return result
}
