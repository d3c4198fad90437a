//go:build linux && amd64

package preload

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// javaNumber appends a number as HotSpot compresses it (its UNSIGNED5): bytes of six bits from 192 on, behind which
// comes another one, at most five, none below least.
func javaNumber(b []byte, n uint32, least byte) []byte {
	const low = 64 // of the largest byte that ends a number, 191, to 255
	most := uint32(256 - low - int(least))
	for i := 0; i < 4 && n >= most; i++ {
		n -= most
		b = append(b, byte(most+uint32(least)+n%low))
		n /= low
	}
	return append(b, byte(n+uint32(least)))
}

// javaTable returns the table of a function's lines as HotSpot compresses it.
func javaTable(pairs [][2]int, least byte) (b []byte) {
	at, line := 0, 0
	for _, p := range pairs {
		dAt, dLine := p[0]-at, p[1]-line
		if packed := dAt<<3 | dLine; dAt >= 0 && dAt < 32 && dLine >= 0 && dLine < 8 && packed != 0 && packed != 0xff {
			b = append(b, byte(packed))
		} else {
			b = append(b, 0xff)
			for _, d := range []int{dAt, dLine} {
				b = javaNumber(b, uint32(int32(d)<<1^int32(d)>>31), least)
			}
		}
		at, line = p[0], p[1]
	}
	return append(b, 0)
}

func TestLinesOfJavasFunctionsAreThoseOfTheirTables(t *testing.T) {
	random := rand.New(rand.NewPCG(17, 2))
	var input strings.Builder
	for n := range 2000 {
		least := byte(n % 2)
		var pairs [][2]int
		at := 0
		for range 1 + random.IntN(40) {
			pairs = append(pairs, [2]int{at, 1 + random.IntN([]int{20, 3000, 300000}[random.IntN(3)])})
			at += 1 + random.IntN([]int{5, 40, 2000}[random.IntN(3)])
		}
		fmt.Fprintf(&input, "%d %x", least, javaTable(pairs, least))
		for i, p := range pairs {
			end := at
			if i+1 < len(pairs) {
				end = pairs[i+1][0]
			}
			fmt.Fprintf(&input, " :%d %d :%d %d", p[0], p[1], end-1, p[1])
		}
		input.WriteByte('\n')
	}
	got := runC(t, input.String(), buildC(t, "java_tables", "java_lines.c", "text.c"))
	var differ, pairs int
	if _, err := fmt.Sscanf(got[strings.LastIndex(strings.TrimSpace(got), "\n")+1:], "%d of %d differ", &differ, &pairs); err != nil || differ > 0 || pairs < 10000 {
		t.Error(got)
	}
}
