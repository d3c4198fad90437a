package addresses_test

import (
	"testing"

	"heapprof/internal/format/addresses"
	"heapprof/internal/profile"
)

// A library that is closed and opened again is two modules; what nobody's code is in is none.
func TestAddressesAreOfTheCodeThatWasMappedThere(t *testing.T) {
	var table addresses.Table
	for _, line := range []string{
		"400000-401000 r--p 00000000 fe:00 1 /bin/a b",
		"401000-402000 r-xp 00001000 fe:00 1 /bin/a b",
		"7000-8000 r--p 00000000 fe:00 2 /lib/plug.so",
		"8000-9000 r-xp 00001000 fe:00 2 /lib/plug.so",
		"17000-18000 r--p 00000000 fe:00 2 /lib/plug.so",
		"18000-19000 r-xp 00001000 fe:00 2 /lib/plug.so",
		"20000-21000 rwxp 00000000 00:00 0 ",
		"30000-31000 r-xp 00000000 00:00 0 [vdso]",
	} {
		if !table.Mapping([]byte(line)) {
			t.Errorf("%s: no mapping", line)
		}
	}
	stack, ok := table.Stack([]byte(" 0x401010 0x18001\t8fff 0x20010 0x30010 0x401010 "))
	if !ok || stack.Len() != 6 || stack.At(0) != stack.At(5) {
		t.Fatalf("the stack is %v", stack)
	}
	var p profile.Profile
	table.Finish(&p)
	for i, want := range []*profile.Module{
		{Path: "/bin/a b", Start: 0x400000, End: 0x402000, Bias: 0x400000, ByOffset: true},
		{Path: "/lib/plug.so", Start: 0x17000, End: 0x19000, Bias: 0x17000, ByOffset: true},
		{Path: "/lib/plug.so", Start: 0x7000, End: 0x9000, Bias: 0x7000, ByOffset: true},
		nil,
		{Path: "[vdso]", Start: 0x30000, End: 0x31000, Bias: 0x30000, ByOffset: true},
	} {
		got := p.Frames[stack.At(i)].Module
		if (got == nil) != (want == nil) || got != nil && (got.Path != want.Path || got.Start != want.Start || got.End != want.End || got.Bias != want.Bias || !got.ByOffset) {
			t.Errorf("address %d is in %+v, want %+v", i, got, want)
		}
	}
}

func TestWhatIsNoMappingOrStackIsNotTaken(t *testing.T) {
	var table addresses.Table
	for _, line := range []string{"", "hello", "1000", "1000-", "2000-1000 r-xp 0 0:0 0 /a", "1000-2000 r-", "1000-2000 r-xp zz 0:0 0 /a", "-2000 r-xp 0 0:0 0 /a"} {
		if table.Mapping([]byte(line)) {
			t.Errorf("%q is a mapping", line)
		}
	}
	for _, line := range []string{"0x", "0x1,0x2", "1 x", "0x11112222333344445"} {
		if _, ok := table.Stack([]byte(line)); ok {
			t.Errorf("%q is a stack", line)
		}
	}
}

func TestTheProgramIsToldAlsoWhereNoStackIsInIt(t *testing.T) {
	var table addresses.Table
	table.Mapping([]byte("400000-402000 r-xp 00000000 fe:00 1 /bin/server"))
	table.Mapping([]byte("7000-8000 r-xp 00000000 fe:00 2 /lib/plug.so"))
	if _, ok := table.Stack([]byte(" 0x7010 ")); !ok {
		t.Fatal("no stack")
	}
	var p profile.Profile
	if table.Finish(&p); table.Program() != "/bin/server" {
		t.Errorf("the program is %q", table.Program())
	}
}
