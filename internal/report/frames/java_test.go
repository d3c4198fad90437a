package frames

import (
	"testing"

	"heapprof/internal/profile"
)

// javaProfile has frames as a recording of a Java program has them, innermost first.
func javaProfile() *profile.Profile {
	jvm, native := &profile.Module{Path: "/usr/lib/jvm/java-17/lib/server/libjvm.so"}, &profile.Module{Path: "/srv/libcodec.so"}
	c := func(name string, m *profile.Module) profile.Frame {
		return profile.Frame{Addr: 0x1000, Function: name, Module: m, Language: profile.CPlusPlus}
	}
	java := func(name, file string, line int) profile.Frame {
		return profile.Frame{Function: name, File: file, Line: line, Language: profile.Java}
	}
	return &profile.Profile{Frames: []profile.Frame{
		profile.Root,
		c("os::malloc(unsigned long, MEMFLAGS)", jvm),
		c("Unsafe_AllocateMemory0", jvm),
		java("jdk.internal.misc.Unsafe.allocateMemory", "jdk/internal/misc/Unsafe.java", 632),
		java("java.nio.ByteBuffer.allocateDirect", "java/nio/ByteBuffer.java", 333),
		java("io.netty.buffer.PoolArena.newChunk", "io/netty/buffer/PoolArena.java", 40),
		java("Main.main", "Main.java", 3),
		c("JavaCalls::call_helper(JavaValue*, methodHandle const&, JavaCallArguments*, JavaThread*)", jvm),
		c("codec_open", native),
		c("SymbolTable::create_table()", jvm),
		java("com.sun.tools.javac.Main.compile", "com/sun/tools/javac/Main.java", 50),
	}}
}

func TestTheSiteOfAJavaProgramIsItsFunction(t *testing.T) {
	table := New(javaProfile())
	for name, c := range map[string]struct {
		stack []uint32
		site  int
	}{
		"Java's own library allocates for its caller":          {[]uint32{1, 2, 3, 4, 5, 6, 7}, 4},
		"a library in C does":                                  {[]uint32{8, 6, 7}, 1},
		"before any function in Java, the machine's is":        {[]uint32{1, 9}, 1},
		"Java's compiler is a program":                         {[]uint32{1, 4, 10, 7}, 2},
		"where there is nothing else, Java's own library's is": {[]uint32{1, 2, 3, 4}, 2},
	} {
		if got := table.Site(c.stack, false); got != c.site {
			t.Errorf("%s: the site is frame %d, want %d", name, got, c.site)
		}
	}
}

func TestJavasFunctionsAreOfPackages(t *testing.T) {
	table := New(javaProfile())
	for frame, want := range map[uint32]struct {
		crate string
		own   bool
	}{
		4: {"java", false},
		5: {"io.netty.buffer", true},
		6: {"", true},
	} {
		if f := table.Frame(frame); f.Crate.Name != want.crate || f.Own != want.own {
			t.Errorf("%s is of %q, own: %v; want %+v", f.Function, f.Crate.Name, f.Own, want)
		}
	}
}
