package symbol

import (
	"bufio"
	"bytes"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"heapprof/internal/testkit"
)

// callsOf returns the addresses to which the calls of a program return, as objdump reads its code.
func callsOf(t *testing.T, program string) (returns []uint64) {
	t.Helper()
	out, err := exec.Command(testkit.Tool(t, "objdump"), "-d", "--no-show-raw-insn", "-j", ".text", program).Output()
	if err != nil {
		t.Fatal(err)
	}
	call := false
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		at, instruction, ok := strings.Cut(strings.TrimSpace(lines.Text()), ":\t")
		if !ok {
			continue
		}
		address, err := strconv.ParseUint(at, 16, 64)
		if err != nil {
			continue
		}
		if call {
			returns = append(returns, address)
		}
		word, _, _ := strings.Cut(instruction, " ")
		call = (word == "call" || word == "bl" || word == "blr") && !strings.Contains(instruction, " 0 <") // a weak function that is not there
	}
	if len(returns) < 30 {
		t.Fatalf("objdump shows %d calls", len(returns))
	}
	return returns
}

// moved returns addresses that lie so much higher.
func moved(addresses []uint64, by uint64) (all []uint64) {
	for _, at := range addresses {
		all = append(all, at+by)
	}
	return all
}

func TestCallsInItsCodeTellWhereAProgramLay(t *testing.T) {
	program := testkit.Build(t, "tree.c", "-g", "-O1", "-static-pie")
	returns := callsOf(t, program)
	m, err := NewResolver(Options{}).Open(program, "")
	if err != nil {
		t.Fatal(err)
	}
	found := newCallFinder(m.files[0])
	for _, at := range returns {
		if !found.endsCall(at) {
			t.Errorf("no call is seen before %#x", at)
		}
	}
	const bias = 0x7f12_3456_7000
	for name, c := range map[string]struct {
		returns []uint64
		want    bool
	}{
		"all":              {moved(returns, bias), true},
		"a few":            {moved(returns[len(returns)/2:][:20], bias), true},
		"one":              {moved(returns[:1], bias), false},
		"of no calls":      {moved(returns, bias+1), false},
		"not in its pages": {append(moved(returns, bias), bias+1<<40), false},
		"none":             {nil, false},
		"a signal's, too":  {append(moved(returns, bias), bias+returns[9]+1), true},
	} {
		got, ok := m.BiasByCalls(c.returns)
		if ok != c.want || ok && got != bias {
			t.Errorf("%s: %#x, %t", name, got, ok)
		}
	}
}

func TestAnotherBuildHasItsCallsElsewhere(t *testing.T) {
	returns := callsOf(t, testkit.Build(t, "tree.c", "-g", "-O1", "-static-pie"))
	other := testkit.Build(t, "tree.c", "-g", "-O3", "-static-pie", "-fno-omit-frame-pointer")
	m, err := NewResolver(Options{}).Open(other, "")
	if err != nil {
		t.Fatal(err)
	}
	if bias, ok := m.BiasByCalls(moved(returns, 0x7f12_3456_7000)); ok {
		t.Errorf("it fits at %#x", bias)
	}
}

func TestAnIndirectCallIsKnownByItsOperand(t *testing.T) {
	for code, want := range map[string]bool{
		"\xff\xd0":                     true,  // call *%rax
		"\x41\xff\x14\xc7":             true,  // call *(%r15,%rax,8)
		"\xff\x53\x08":                 true,  // call *8(%rbx)
		"\xff\x54\x24\x08":             true,  // call *8(%rsp)
		"\xff\x15\x00\x10\x00\x00":     true,  // call *0x1000(%rip)
		"\xff\x93\x00\x01\x00\x00":     true,  // call *0x100(%rbx)
		"\xff\x94\x24\x00\x01\x00\x00": true,  // call *0x100(%rsp)
		"\xff\x14\x25\x00\x01\x00\x00": true,  // call *0x100
		"\xff\xe0":                     false, // jmp *%rax
		"\xff\x53":                     false,
		"\xff\x14":                     false,
		"\xff":                         false,
		"":                             false,
	} {
		if got := endsIndirectCall([]byte(code)); got != want {
			t.Errorf("% x: %t", code, got)
		}
	}
}
