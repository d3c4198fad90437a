package page_test

import (
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/report/page"
	"heapprof/internal/report/reporttest"
	"heapprof/internal/report/view"
)

func TestAPageOfTwoProfilesIsTheDiff(t *testing.T) {
	bare := reporttest.TypedWithoutDebugInformation()
	for name, pair := range map[string][2]*profile.Profile{
		"rebuilt":   {reporttest.Sample(), reporttest.Rebuilt()},
		"the same":  {reporttest.Typed(), reporttest.Typed()},
		"to bare":   {reporttest.Typed(), bare},
		"from bare": {bare, reporttest.Typed()},
		"sampled":   {reporttest.Sampled(), reporttest.SampledLater()},
		"random":    {reporttest.Random(1), reporttest.Random(2)},
		"others":    {reporttest.Drawn(), reporttest.DrawnByOthers()},
		"nothing":   {reporttest.Sample(), {Mode: "heap", Columns: profile.Lives}},
	} {
		t.Run(name, func(t *testing.T) {
			before, after := view.NewSource(pair[0]), view.NewSource(pair[1])
			got := build(t, page.Options{}, before, after)
			for _, by := range []view.By{view.BySite, view.ByType} {
				diff, err := view.NewDiff(before, after, view.Options{Metric: new(view.Metric), By: by})
				if err != nil {
					t.Fatal(err)
				}
				want := sums{}
				for _, r := range diff.Rows {
					want.add(diffRow(by, r.Site.Label, r.Site.Place, r.Type.Name), metricSums(t, got, &r.Before, &r.Sums)...)
				}
				recordSums(got, func(i int) string {
					place := got.Records.Place[i]
					if by == view.ByType {
						return typeOf(got, i)
					}
					return diffRow(by, got.Functions.Name[got.Places.Function[place]], got.Places.Where[place], siteTypeOf(got, i))
				}).compare(t, want)
			}
		})
	}
}

func diffRow(by view.By, label, place, typ string) string {
	if by == view.ByType {
		return label
	}
	return rowName(label, place, typ)
}

func TestTheNodesOfADiffAddUp(t *testing.T) {
	a, b := reporttest.Random(1), reporttest.Random(2)
	for _, limit := range limits {
		got := build(t, page.Options{Limit: limit}, sourcesOf(a, b)...)
		var want []uint64
		for _, side := range got.Sides {
			want = append(want, side.Totals...)
		}
		all := sums{"": want}
		recordSums(got, func(int) string { return "" }).compare(t, all)
	}
}

func TestProfilesOfDifferentThingsAreNoPage(t *testing.T) {
	other := reporttest.Sample()
	other.Mode = "copy"
	if _, _, err := page.Build(sourcesOf(reporttest.Sample(), other), page.Options{}); err == nil {
		t.Error("a page of two modes was made")
	}
}
