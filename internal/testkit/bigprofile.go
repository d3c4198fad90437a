package testkit

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
)

// WriteBigProfile writes a DHAT file of at least size bytes, the same bytes for the same
// size, for benchmarks of what reads profiles. Its points are walks down a random call
// tree, some 20 frames deep, and it has one frame for each 20 points or so, as the files of
// large C++ programs have.
func WriteBigProfile(w io.Writer, size int) error {
	out := &countingWriter{w: bufio.NewWriterSize(w, 1<<20)}
	rng := rand.New(rand.NewPCG(1, 2))
	frames := size / 5000
	fmt.Fprint(out, `{"dhatFileVersion":2
,"mode":"heap","verb":"Allocated"
,"bklt":true,"bkacc":false
,"tu":"µs","Mtu":"s"
,"tuth":10
,"cmd":"./big --input some.file"
,"pid":1234
,"te":90000000
,"tg":60000000
,"pps":
 [`)
	stack := []int{1}
	for n := 0; out.n < size-frames*90; n++ {
		if n > 0 {
			fmt.Fprint(out, " ,")
		}
		// Neighbouring points share their outer frames, as siblings in a call
		// tree do.
		stack = stack[:1+rng.IntN(len(stack))]
		for len(stack) < 14+rng.IntN(16) {
			stack = append(stack, 1+rng.IntN(frames))
		}
		blocks := 1 + rng.Uint64N(1<<rng.IntN(24))
		bytes := blocks * (8 + rng.Uint64N(200))
		fmt.Fprintf(out, `{"tb":%d,"tbk":%d,"tl":%d,"mb":%d,"mbk":%d,"gb":%d,"gbk":%d,"eb":%d,"ebk":%d,"fs":[%d`,
			bytes, blocks, blocks*rng.Uint64N(5000), bytes/2, blocks/2, bytes/3, blocks/3, bytes/9, blocks/9, 1+n%frames)
		for i := len(stack) - 1; i >= 0; i-- {
			fmt.Fprintf(out, ",%d", stack[i])
		}
		fmt.Fprint(out, "]}\n")
	}
	fmt.Fprint(out, " ]\n,\"ftbl\":\n [\"[root]\"\n")
	for i := range frames {
		fmt.Fprintf(out, " ,\"0x%x: project::module%d::Container<std::string, int>::operator()(int) const (src/module%d/file%d.cc:%d)\"\n",
			0x400000+i*64, i%97, i%97, i%1009, 1+i%3000)
	}
	fmt.Fprint(out, " ]\n}\n")
	return out.w.Flush()
}

type countingWriter struct {
	w *bufio.Writer
	n int
}

func (c *countingWriter) Write(p []byte) (int, error) {
	c.n += len(p)
	return c.w.Write(p)
}
