package symbol

import "testing"

func TestNamesAreDecodedAsTheirCompilersEncodeThem(t *testing.T) {
	for _, test := range []struct {
		decode     func(string) (string, bool)
		name, want string // "" where it is none of that compiler's
	}{
		{decodeOCaml, "camlStdlib__List__map_236", "Stdlib.List.map"},
		{decodeOCaml, "camlStdlib__List.map_236", "Stdlib.List.map"},
		{decodeOCaml, "camlShop__entry", "Shop.entry"},
		{decodeOCaml, "camlShop__fun_785", "Shop.fun_785"},
		{decodeOCaml, "camlShop__bind$3e$3e$3d_12", "Shop.bind>>="},
		{decodeOCaml, "caml_alloc_shr", ""},
		{decodeOCaml, "camlShop", ""},
		{decodeZig, "shop.fill__func_767", "shop.fill"},
		{decodeZig, "array_list.ArrayListAligned(u8,null).append__anon_12", "array_list.ArrayListAligned(u8,null).append"},
		{decodeZig, "shop.fill", ""},
		{decodeZig, "fill__func_767", ""},
		{decodeNim, "makeItem__shop_7", "shop.makeItem"},
		{decodeNim, "makeItem__shop_u7", "shop.makeItem"},
		{decodeNim, "addInt__stdZprivateZdigitsutils_171", "digitsutils.addInt"},
		{decodeNim, "X5BX5Deq___shop_183", "shop.[]="},
		{decodeNim, "eqdestroy___system_3263", "system.=destroy"},
		{decodeNim, "dollar___systemZdollars_3", "dollars.$"},
		{decodeNim, "colonanonymous___shop_12", "shop.:anonymous"},
		{decodeNim, "nimNewObj", ""},
		{decodeNim, "__libc_start_main", ""},
		{decodeAda, "modules__textures__create", "modules.textures.create"},
		{decodeAda, "modules__textures__create__2", "modules.textures.create"},
		{decodeAda, "shapes__Oadd", `shapes."+"`},
		{decodeAda, "shapes__worker_taskTKB", "shapes.worker_task"},
		{decodeAda, "_ada_modules", "modules"},
		{decodeAda, "modules__textures__create.0", "modules.textures.create"},
		{decodeAda, "__gnat_malloc", ""},
		{decodeAda, "g_malloc", ""},
	} {
		got, ok := test.decode(test.name)
		if got != test.want || ok != (test.want != "") {
			t.Errorf("%s: got %q, %v, want %q", test.name, got, ok, test.want)
		}
	}
}
