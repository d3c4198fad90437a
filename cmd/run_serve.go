package cmd

import (
	"github.com/spf13/cobra"

	"heapprof/internal/profile"
	"heapprof/internal/tracker"
)

// servedRun is how a recording is served while it is under way.
type servedRun struct {
	address serveAddress // its listen is "" where it is not served
	at      *bound
}

func (r *servedRun) addTo(c *cobra.Command) {
	flags := c.Flags()
	flags.StringVar(&r.address.listen, "serve", "", "serve what lives while PROG runs on `HOST:PORT` ("+defaultListen+" if none is named), as heapprof serve does")
	flags.Lookup("serve").NoOptDefVal = defaultListen
	flags.StringVar(&r.address.tokenFile, "token-file", "", "with --serve, take the token from `FILE`, instead of a new one each time")
}

// ask adds to how a program is recorded that it is served meanwhile. The address is listened on before it starts.
func (r *servedRun) ask(o *runOptions, a *tracker.Options) error {
	if r.address.listen == "" {
		return nil
	}
	err := r.address.check("serve")
	if err == nil {
		o.rules, err = readRules(nil, nil)
	}
	if err == nil {
		r.at, err = r.address.bind(o.streams)
	}
	if err != nil {
		return err
	}
	addLive(&a.Live, func(live *tracker.Live) { r.serve(o, live) })
	return nil
}

// serve serves a recording until that has ended.
func (r *servedRun) serve(o *runOptions, live *tracker.Live) {
	source := &liveSource{live: live}
	first, err := source.Look()
	if err != nil {
		r.at.listener.Close()
		return // it has ended already
	}
	source.pid = int(first.PID)
	forms := &serveForms{streams: o.streams, page: htmlOptions{streams: o.streams, rules: o.rules}, sites: defaultSites, from: source}
	forms.name = func(p *profile.Profile) string {
		return expandName(o.output, o.naming(o.programOf(tracker.Image{Profile: p, PID: int(p.PID)}), int(p.PID)))
	}
	server := r.at.serve(forms.options(source))
	defer server.close()
	o.streams.say("what lives is served at %s", r.at.url)
	r.at.warn(o.streams)
	select {
	case <-live.Ended():
	case err := <-server.failed:
		o.streams.complain(err)
	}
}

// end lets go of an address on which nobody was answered.
func (r *servedRun) end() {
	if r.at != nil {
		r.at.listener.Close()
	}
}
