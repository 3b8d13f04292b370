package link

import (
	"slices"
	"strings"
)

// Nothing in this file may ever change. It is a copy of the tracking list, and of
// the way it is applied, as they were in release 1: item ids are made with it, and
// an id that changes makes an old article new for every reader. Additions belong
// in tracking.go; a test pins this copy.

var frozenPrefixes = []string{"utm_", "mtm_", "hsa_"}

var frozenNames = []string{
	"__hsfp", "__hssc", "__hstc", "__s", "__tn__", "_branch_match_id", "_bta_c", "_bta_tid", "_ga", "_gac", "_gl",
	"_hsenc", "_hsmi", "_ke", "_openstat", "at_bbc_team", "at_campaign", "at_campaign_type", "at_custom1",
	"at_custom2", "at_custom3", "at_custom4", "at_format", "at_link_id", "at_link_origin", "at_link_type",
	"at_medium", "at_ptr_name", "ck_subscriber_id", "dclid", "dicbo", "dm_i", "dpg_campaign", "dpg_content",
	"dpg_medium", "dpg_source", "ef_id", "epik", "et_cid", "et_rid",
	"fb_action_ids", "fb_action_types", "fb_ref", "fb_source", "fbclid", "feedname", "feedtype",
	"ga_campaign", "ga_content", "ga_medium", "ga_place", "ga_source", "ga_term", "gad_campaignid", "gad_source",
	"gbraid", "gclid", "gclsrc", "hsctatracking", "ig_rid", "igsh", "igshid", "int_cmp", "intcid", "irclickid",
	"iterable_campaign", "iterable_template", "li_fat_id", "maca", "mc_cid", "mc_eid", "mc_tc", "mkt_tok",
	"mkwid", "ml_subscriber", "ml_subscriber_hash", "msclkid", "nr_email_referer", "ns_campaign", "ns_fee",
	"ns_linkname", "ns_mchannel", "ns_source", "oft_c", "oft_ck", "oft_d", "oft_id", "oft_ids", "oft_k", "oft_lk",
	"oft_sk", "oly_anon_id", "oly_enc_id", "piwik_campaign", "piwik_keyword", "piwik_kwd", "pk_campaign",
	"pk_cid", "pk_content", "pk_keyword", "pk_kwd", "pk_medium", "pk_source",
	"rb_clickid", "ref_src", "s_cid", "s_kwcid", "sb_referer_host", "sc_campaign", "sc_cid", "spjobid",
	"spmailingid", "spreportid", "spuserid", "srsltid", "ss_email_id",
	"tblci", "traffic_source", "trkcampaign", "ttclid", "twclid", "twsrc",
	"vero_conv", "vero_id", "vgo_ee", "wbraid", "wickedid", "wt_mc", "wt_zmc",
	"xtnp", "xtor", "xtref", "yadclid", "yclid", "ymclid", "ysclid",
}

var frozenPairs = []string{"emc=rss", "from=rss", "partner=rss", "ref=rss", "source=rss", "src=rss"}

// ForID returns the link that an item's id is made from where the entry has no
// guid: raw as the document spells it, without the tracking parameters of release
// 1. It neither parses nor resolves, so no better parser changes an id. Its list is
// frozen for ever and differs from Clean's as soon as that one grows.
func ForID(raw string) string {
	address, fragment, marked := strings.Cut(raw, "#")
	path, query, asked := strings.Cut(address, "?")
	keptQuery, keptFragment := dropFrozen(query), dropFrozen(fragment)
	if keptQuery == query && keptFragment == fragment {
		return raw
	}
	if asked && (keptQuery != "" || query == "") {
		path += "?" + keptQuery
	}
	if marked && (keptFragment != "" || fragment == "") {
		path += "#" + keptFragment
	}
	return path
}

func dropFrozen(query string) string {
	if !strings.Contains(query, "=") {
		return query
	}
	var kept []string
	params := strings.Split(query, "&")
	for _, param := range params {
		if !frozenTracks(param) {
			kept = append(kept, param)
		}
	}
	if len(kept) == len(params) {
		return query
	}
	return strings.Join(kept, "&")
}

// frozenTracks folds ASCII alone: Unicode's case tables grow.
func frozenTracks(param string) bool {
	param = asciiLower(strings.TrimPrefix(param, "amp;"))
	name, _, _ := strings.Cut(param, "=")
	for _, prefix := range frozenPrefixes {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return slices.Contains(frozenNames, name) || slices.Contains(frozenPairs, param)
}

func asciiLower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}
