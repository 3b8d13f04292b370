package date

import "time"

// maxOffset is how far a zone is from Greenwich, in minutes: that of the Line
// Islands.
const maxOffset = 14 * 60

// zone is what a name of a time zone means.
type zone struct {
	offset     int // minutes east of Greenwich
	from, till int // the years in which the name meant another offset
	season     season
}

// season is when a zone's name holds, or changes its offset.
type season uint8

const (
	always         season = iota
	americanSummer        // the name is of winter and summer: an hour more in summer
	britishSummer         // the name is of summer: it means another zone in winter
)

// zones are the named time zones that are believed: RFC 822's, and those whose
// abbreviation has one meaning among the places that news comes from. An
// abbreviation with several (IST, AST, GST, BDT, ECT, AMT, SST, …) leaves the date
// unknown, as does a military letter other than Z (RFC 5322 section 4.3). CST, MST
// and PST are North America's, as RFC 822 says. BST is Bangladesh's in winter. An
// offset that has changed leaves the dates of the years before unknown.
var zones = map[string]zone{
	"z": {}, "ut": {}, "utc": {}, "gmt": {}, "uct": {}, "zulu": {},
	"est": {offset: -300}, "edt": {offset: -240}, "cst": {offset: -360}, "cdt": {offset: -300},
	"mst": {offset: -420}, "mdt": {offset: -360}, "pst": {offset: -480}, "pdt": {offset: -420},
	"at": {offset: -240, season: americanSummer}, "et": {offset: -300, season: americanSummer},
	"ct": {offset: -360, season: americanSummer}, "mt": {offset: -420, season: americanSummer},
	"pt":   {offset: -480, season: americanSummer},
	"akst": {offset: -540}, "akdt": {offset: -480}, "hst": {offset: -600}, "hadt": {offset: -540},
	"nst": {offset: -210}, "ndt": {offset: -150},
	"wet": {}, "west": {offset: 60}, "bst": {offset: 60, season: britishSummer},
	"cet": {offset: 60}, "cest": {offset: 120}, "met": {offset: 60}, "mest": {offset: 120}, "mez": {offset: 60}, "mesz": {offset: 120},
	"eet": {offset: 120}, "eest": {offset: 180}, "fet": {offset: 180},
	"msk": {offset: 180, from: 2011, till: 2014}, "мск": {offset: 180, from: 2011, till: 2014}, "msd": {offset: 240},
	"trt":  {offset: 180, till: 2016},
	"samt": {offset: 240, till: 2011}, "yekt": {offset: 300, from: 2011, till: 2014}, "omst": {offset: 360, from: 2011, till: 2014},
	"novt": {offset: 420, till: 2016}, "krat": {offset: 420, from: 2011, till: 2014}, "irkt": {offset: 480, from: 2011, till: 2014},
	"yakt": {offset: 540, from: 2011, till: 2014}, "vlat": {offset: 600, from: 2011, till: 2014},
	"magt": {offset: 660, from: 2011, till: 2016}, "pett": {offset: 720, from: 2010, till: 2011},
	"wat": {offset: 60}, "cat": {offset: 120}, "sast": {offset: 120}, "eat": {offset: 180},
	"idt": {offset: 180}, "irst": {offset: 210}, "irdt": {offset: 270}, "aft": {offset: 270},
	"get": {offset: 240, till: 2005}, "azt": {offset: 240, till: 1992}, "kgt": {offset: 360, till: 2005},
	"uzt": {offset: 300, till: 1992}, "tmt": {offset: 300, till: 1992}, "tjt": {offset: 300, till: 1992},
	"pkt": {offset: 300}, "mvt": {offset: 300}, "slst": {offset: 330, from: 1996, till: 2006}, "npt": {offset: 345}, "btt": {offset: 360},
	"mmt": {offset: 390}, "ict": {offset: 420}, "wib": {offset: 420}, "wita": {offset: 480}, "wit": {offset: 540},
	"hkt": {offset: 480}, "sgt": {offset: 480}, "myt": {offset: 480}, "pht": {offset: 480}, "bnt": {offset: 480}, "ulat": {offset: 480},
	"北京时间": {offset: 480}, "北京時間": {offset: 480}, "台北時間": {offset: 480}, "香港時間": {offset: 480},
	"kst": {offset: 540}, "jst": {offset: 540}, "日本時間": {offset: 540}, "한국시간": {offset: 540},
	"awst": {offset: 480}, "acst": {offset: 570}, "acdt": {offset: 630}, "aest": {offset: 600}, "aedt": {offset: 660},
	"nzst": {offset: 720}, "nzdt": {offset: 780}, "fjt": {offset: 720}, "pgt": {offset: 600},
	"art": {offset: -180}, "brt": {offset: -180}, "brst": {offset: -120}, "uyt": {offset: -180},
	"clt": {offset: -240}, "clst": {offset: -180}, "bot": {offset: -240}, "vet": {offset: -240, from: 2007, till: 2016},
	"pet": {offset: -300}, "cot": {offset: -300},
}

// on returns the offset on a day; false where the name means none for sure.
func (z zone) on(day time.Time) (offset int, ok bool) {
	if year := day.Year(); year >= z.from && year <= z.till {
		return 0, false
	}
	switch z.season {
	case americanSummer:
		return z.american(day)
	case britishSummer:
		year := day.Year()
		if day.Before(sunday(year, time.March, -1)) || day.After(sunday(year, time.October, -1)) {
			return 0, false
		}
	}
	return z.offset, true
}

// american adds an hour in summer, as the United States and Canada do since 1987.
// The two days of the change have both offsets.
func (z zone) american(day time.Time) (int, bool) {
	year := day.Year()
	var begins, ends time.Time
	switch {
	case year >= 2007:
		begins, ends = sunday(year, time.March, 2), sunday(year, time.November, 1)
	case year >= 1987:
		begins, ends = sunday(year, time.April, 1), sunday(year, time.October, -1)
	default:
		return 0, false
	}
	if day.Equal(begins) || day.Equal(ends) {
		return 0, false
	}
	if day.After(begins) && day.Before(ends) {
		return z.offset + 60, true
	}
	return z.offset, true
}
