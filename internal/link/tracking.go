package link

import (
	"net/url"
	"slices"
	"strings"
)

// trackingPrefixes are families of parameter names that only ever track: Google
// Analytics, Matomo, HubSpot Ads.
var trackingPrefixes = []string{"utm_", "mtm_", "hsa_"}

// trackingNames are the parameters that say which mail, feed, advertisement or
// person a click came from, in lower case and sorted. None of them ever chooses
// what is shown: a name that any site uses for that (ref, source, from, id, p,
// share, s, campaign) is not here.
var trackingNames = []string{
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

// trackingPairs are parameters that track with this value alone.
var trackingPairs = []string{"emc=rss", "from=rss", "partner=rss", "ref=rss", "source=rss", "src=rss"}

// Clean returns u without tracking parameters, in query and fragment alike, and
// else byte for byte as it was, order included. A parameter is dropped for its name
// on an exact list, never because a query looks long: what is left identifies the
// article (article_id, p, id). It does not parse: u may be relative or broken.
func Clean(u string) string {
	if !strings.ContainsAny(u, "?#") {
		return u
	}
	address, fragment, marked := strings.Cut(u, "#")
	path, query, asked := strings.Cut(address, "?")
	keptQuery, keptFragment := dropTracking(query), dropTracking(fragment)
	if keptQuery == query && keptFragment == fragment {
		return u
	}
	if asked && (keptQuery != "" || query == "") {
		path += "?" + keptQuery
	}
	if marked && (keptFragment != "" || fragment == "") {
		path += "#" + keptFragment
	}
	return path
}

// dropTracking removes the tracking parameters of a query; without any, it returns
// query itself.
func dropTracking(query string) string {
	if !strings.Contains(query, "=") {
		return query
	}
	params := strings.Split(query, "&")
	kept := slices.DeleteFunc(slices.Clone(params), tracks)
	if len(kept) == len(params) {
		return query
	}
	return strings.Join(kept, "&")
}

// tracks reports whether a parameter, "name=value", is on the list. Feeds that
// escape twice leave "amp;" before the name.
func tracks(param string) bool {
	param = strings.ToLower(strings.TrimPrefix(param, "amp;"))
	name, _, _ := strings.Cut(param, "=")
	if strings.Contains(name, "%") {
		if plain, err := url.QueryUnescape(name); err == nil {
			name = plain
		}
	}
	for _, prefix := range trackingPrefixes {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	_, listed := slices.BinarySearch(trackingNames, name)
	return listed || slices.Contains(trackingPairs, param)
}
