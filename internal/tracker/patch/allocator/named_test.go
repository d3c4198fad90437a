package allocator

import "testing"

func TestAFunctionIsNamedByItsSymbolOrAsPeopleReadIt(t *testing.T) {
	for _, c := range []struct {
		name, symbol string
		want         Match
	}{
		{"parse", "parse", FullMatch},
		{"parse", "parse@@V1", FullMatch},
		{"parse", "parse.constprop.0.isra.0", FullMatch},
		{"parse", "parse.cold", NoMatch},
		{"parse", "parse.part.0", NoMatch},
		{"parse", "parser", NoMatch},
		{"parse", "_ZN3app5parseEi", EndMatch},
		{"parse", "_Z5parsei", FullMatch},
		{"app::parse", "_ZN3app5parseEi", FullMatch},
		{"app::parse(int)", "_ZN3app5parseEi", FullMatch},
		{"app::parse(long)", "_ZN3app5parseEi", NoMatch},
		{"pp::parse", "_ZN3app5parseEi", NoMatch},
		{"_ZN3app5parseEi", "_ZN3app5parseEi", FullMatch},
		{"_ZN3app5parseEi", "_ZN3app5parseEi.lto_priv.1", FullMatch},
		{"app::Box<int>::get", "_ZN3app3BoxIiE3getEv", FullMatch},
		{"app::Box::get", "_ZN3app3BoxIiE3getEv", FullMatch},
		{"Box::get", "_ZN3app3BoxIiE3getEv", EndMatch},
		{"app::make", "_ZN3app4makeIiEET_S1_", FullMatch}, // int app::make<int>(int)
		{"prog::drop_cache", "_ZN4prog10drop_cache17h0123456789abcdefE", FullMatch},
		{"prog::drop_cache::h0123456789abcdef", "_ZN4prog10drop_cache17h0123456789abcdefE", FullMatch},
		{"drop_cache", "_ZN4prog10drop_cache17h0123456789abcdefE", EndMatch},
		{"drop_cache", "_RNvCs6xxl1lAjzDf_4prog10drop_cache", EndMatch},
		{"prog::drop_cache", "_RNvCs6xxl1lAjzDf_4prog10drop_cache", FullMatch},
		{"prog::Cache::clear", "_RNvMCs6xxl1lAjzDf_4progNtB2_5Cache5clear", FullMatch},
		{"<prog::Cache>::clear", "_RNvMCs6xxl1lAjzDf_4progNtB2_5Cache5clear", FullMatch},
		{"Cache::clear", "_RNvMCs6xxl1lAjzDf_4progNtB2_5Cache5clear", EndMatch},
		{"<prog::Cache as prog::Clear>::clear", "_RNvXCs6xxl1lAjzDf_4progNtB2_5CacheNtB2_5Clear5clear", FullMatch},
		{"operator()", "_ZN3appclEv", EndMatch},
		{"x", "", NoMatch},
	} {
		if got := NewNamed(c.name).Match([]byte(c.symbol)); got != c.want {
			t.Errorf("%s: %s matches by %d, want %d", c.name, c.symbol, got, c.want)
		}
	}
}
