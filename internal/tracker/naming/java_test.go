//go:build linux && (amd64 || arm64)

package naming

import (
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/tracker/replay"
)

func TestFunctionsOfJavaAreNamedAsItsStackTracesNameThem(t *testing.T) {
	for _, c := range []struct {
		code replay.Code
		line int
		want profile.Frame
	}{
		{replay.Code{Name: "java/util/zip/Deflater.<init>", File: "Deflater.java"}, 20, profile.Frame{Function: "java.util.zip.Deflater.<init>", File: "java/util/zip/Deflater.java", Line: 20}},
		{replay.Code{Name: "Main$Inner.run", File: "Main.java"}, 3, profile.Frame{Function: "Main$Inner.run", File: "Main.java", Line: 3}},
		{replay.Code{Name: "java/lang/Object.wait0", File: "Object.java"}, 0, profile.Frame{Function: "java.lang.Object.wait0"}},
		{replay.Code{Name: "app/Main$$Lambda$14/0x0000000800c03000.apply"}, 0, profile.Frame{Function: "app.Main$$Lambda.apply"}},
		{replay.Code{Name: "app/Main$$Lambda+0x00007f1234.apply"}, 0, profile.Frame{Function: "app.Main$$Lambda.apply"}},
		{replay.Code{Name: "java/lang/invoke/LambdaForm$DMH+0x00007f1234.invokeStatic", File: "LambdaForm$DMH"}, 1000, profile.Frame{Function: "java.lang.invoke.LambdaForm$DMH.invokeStatic", File: "java/lang/invoke/LambdaForm$DMH", Line: 1000}},
	} {
		c.want.Language = profile.Java
		if got := javaFrame(c.code, c.line); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.code.Name, got, c.want)
		}
	}
}
