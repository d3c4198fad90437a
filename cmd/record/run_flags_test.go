package record

import (
	"testing"

	"heapprof/cmd/console"
)

func TestStacksOfAPythonWithTrampolinesMayBeDeeper(t *testing.T) {
	for _, c := range []struct {
		name      string
		args, env []string
		want      int
	}{
		{"plain", []string{"python3", "app.py"}, nil, defaultDepth},
		{"asked for", []string{"/usr/bin/python3.12", "-X", "perf", "app.py"}, nil, trampolineDepth},
		{"in one word", []string{"python3", "-Xperf_jit", "app.py"}, nil, trampolineDepth},
		{"by the environment", []string{"python3", "app.py"}, []string{"PYTHONPERFSUPPORT=1"}, trampolineDepth},
		{"not by the environment", []string{"python3", "app.py"}, []string{"PYTHONPERFSUPPORT=0"}, defaultDepth},
		{"another program", []string{"perl", "-X", "perf"}, []string{"PYTHONPERFSUPPORT=1"}, defaultDepth},
		{"the user says how deep", []string{"--depth=16", "python3", "-X", "perf", "app.py"}, nil, 16},
	} {
		o := &RunOptions{Streams: &console.Streams{}}
		command := NewRun(o.Streams)
		command.ResetFlags()
		o.AddTo(command)
		command.Flags().SetInterspersed(false)
		if err := command.ParseFlags(c.args); err != nil {
			t.Fatal(err)
		}
		o.Args = command.Flags().Args()
		if got := o.stackDepth(c.env); got != c.want {
			t.Errorf("%s: %d frames, want %d", c.name, got, c.want)
		}
	}
}
