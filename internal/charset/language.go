package charset

import (
	"unicode"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// language is what the guess knows of a language, or of several that share letters.
type language struct {
	// letters beyond ASCII, and signs of its own, the most frequent first.
	letters string
	// first and last are the costs of the first and the last of them, in tenths of a
	// bit.
	first, last int
	// script has more characters than can be listed, and others is what each of the
	// others costs. Alphabets have none.
	script *unicode.RangeTable
	others int
}

// candidate is a set that the guess tries, and the languages written in it.
type candidate struct {
	set
	languages []language
}

// candidates holds windows-1252 first: it is the last resort. Of sets that read a
// text alike, the first wins.
var candidates = []candidate{
	{set{"windows-1252", charmap.Windows1252}, western},
	{set{"windows-1250", charmap.Windows1250}, central},
	{set{"iso-8859-2", charmap.ISO8859_2}, central},
	{set{"windows-1251", charmap.Windows1251}, cyrillic},
	{set{"koi8-r", charmap.KOI8R}, cyrillic},
	{set{"koi8-u", charmap.KOI8U}, cyrillic},
	{set{"iso-8859-5", charmap.ISO8859_5}, cyrillic},
	{set{"windows-1253", charmap.Windows1253}, greek},
	{set{"iso-8859-7", charmap.ISO8859_7}, greek},
	{set{"windows-1254", charmap.Windows1254}, turkish},
	{set{"windows-1255", charmap.Windows1255}, hebrew},
	{set{"windows-1256", charmap.Windows1256}, arabic},
	{set{"iso-8859-6", charmap.ISO8859_6}, arabic},
	{set{"windows-1257", charmap.Windows1257}, baltic},
	{set{"iso-8859-4", charmap.ISO8859_4}, baltic},
	{set{"windows-1258", charmap.Windows1258}, vietnamese},
	{set{"windows-874", charmap.Windows874}, thai},
	{set{"iso-8859-15", charmap.ISO8859_15}, western},
	{set{"euc-kr", korean.EUCKR}, hangul},
	{set{gb18030Name, simplifiedchinese.GB18030}, simplified},
	{set{"big5", traditionalchinese.Big5}, traditional},
	{set{"euc-jp", japanese.EUCJP}, kana},
	{set{"shift_jis", japanese.ShiftJIS}, kana},
}

// Alphabets. The first language of each list is of names from everywhere.
var (
	western = []language{
		{letters: "éèáíüóäöñçàåøæêâãôúëïîõûùìòßœýðþšž", first: 70, last: 110},
		{letters: "éèàêçùôâîûœëï", first: 50, last: 100}, // French
		{letters: "üäöß", first: 50, last: 80},           // German
		{letters: "óáíñéúü¿¡", first: 50, last: 90},      // Spanish
		{letters: "ãáçéíóêõúâàô", first: 50, last: 90},   // Portuguese
		{letters: "èàùòìé", first: 50, last: 80},         // Italian
		{letters: "øåæéö", first: 50, last: 90},          // Danish, Norwegian
		{letters: "äöåé", first: 50, last: 90},           // Swedish, Finnish
		{letters: "íáðóéöþúæýø", first: 50, last: 90},    // Icelandic, Faroese
		{letters: "äõüöšž", first: 50, last: 90},         // Estonian
		{letters: "óéàèíçúòïü·", first: 50, last: 90},    // Catalan, Occitan
		{letters: "ëêéïôöüè", first: 50, last: 90},       // Dutch, Afrikaans
		{letters: "ëç", first: 40, last: 80},             // Albanian
	}
	central = []language{
		{letters: "éáüöíóúščžćłńýňřťôçßä", first: 80, last: 120},
		{letters: "ąęłóżśćńź", first: 50, last: 80},         // Polish
		{letters: "íáéěřýžčšůúťňóď", first: 50, last: 90},   // Czech
		{letters: "áíéčýúžšťľôňäóĺŕď", first: 50, last: 90}, // Slovak
		{letters: "áéöőóüíúű", first: 50, last: 80},         // Hungarian
		{letters: "ăîşţâ", first: 45, last: 70},             // Romanian
		{letters: "čšžćđ", first: 50, last: 70},             // Croatian, Slovene, Bosnian
	}
	turkish = []language{{letters: "ıüşğçöİâîû", first: 50, last: 110}}
	baltic  = []language{
		{letters: "ėšįųžūąčę„“", first: 50, last: 80}, // Lithuanian
		{letters: "āīēšņūļģžčķ", first: 50, last: 90}, // Latvian
		{letters: "äõüöšž", first: 50, last: 90},      // Estonian
	}
	vietnamese = []language{{letters: "\u0301\u0300đ\u0323ưôâêơăàá\u0309\u0303óéíúùèã", first: 50, last: 100}}
	cyrillic   = []language{
		{letters: "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё", first: 30, last: 85},
		{letters: "оаинвіетрслкдумпязьгбчйхцїжєшщюфґ", first: 30, last: 85}, // Ukrainian
		{letters: "аінеорсктлвдуямпыьзбгчцўйшхжэюёф", first: 30, last: 85},  // Belarusian
		{letters: "аиоентрсвлдкпмзугъябчцхйщжшюфь", first: 30, last: 85},    // Bulgarian
		{letters: "аоиенртсјкудвмплбзгчцхшжћњљђџфѓќѕ", first: 30, last: 85}, // Serbian, Macedonian
	}
	greek  = []language{{letters: "ατοιεσνηρπκςμλίυόάδγέήθωύχώφβξψζϊΐϋΰ", first: 30, last: 90}}
	hebrew = []language{{letters: "יוהלארתבשמנםדחקפעכטגסצןזךףץ\u05b0\u05b7\u05b8\u05b4\u05bc", first: 30, last: 90}}
	arabic = []language{
		{letters: "الينمتروبعهدفسأكحةقجشصطىخإثذضزغظءئآؤ،؟ـ\u064b؛", first: 30, last: 100},
		{letters: "اينردهمتوسبکلشزقفعخگحجپآصطچضئذثظغژ،\u200c؟كءأؤ", first: 30, last: 95}, // Persian
	}
	thai = []language{{letters: "านรอกเงมย\u0e31ลว\u0e35\u0e48สดต\u0e34\u0e49ทคปบพแห\u0e37\u0e39\u0e38ะขไจช\u0e4cำโใซผ\u0e36\u0e47ถศฟธณภษญฐ\u0e4aฮๆฎฉฝฤฯฏฆ\u0e4bฑฬฌฒ", first: 35, last: 100}}
)

// Characters by the thousand: only the first are listed.
var (
	hangul = []language{{letters: "이다는의에가고한을하로지사은를기대도서인정자과일시아리해수원국보어나전들장부제" +
		"으라했스있그주구상안성소오여위북조중미경면관우비공연유만업신문학생법권민통령러세트니까내무", first: 46, last: 95, script: unicode.Hangul, others: 105}}
	simplified = []language{{letters: "，的。一国、在人是不了有中和大为年上会这个来日发地到以要对时成经行说作出生民月" +
		"们他市方多政新进法于动我部分业后家全面也社高公学本理工力关最“”《》：（）过可能将就主制与体被报义记者" +
		"开展加实现下外前美三合长华好同之定用产度重资信化此两事其次电员济场机总平都区问金院京北海代议天" +
		"世界建组织统第内比从没应因当而很交还得利着通入所表性道自心意已更由情及等想万元党省号率基项何必亿增保管据警官导", first: 46, last: 95, script: unicode.Han, others: 120}}
	traditional = []language{{letters: "，的。一國、在人是不了有中和大為年上會這個來日發地到以要對時成經行說作出生民月" +
		"們他市方多政新進法於動我部分業後家全面也社高公學本理工力關最「」《》：（）過可能將就主制與體被報義記者" +
		"開展加實現下外前美三合長華好同之定用產度重資信化此兩事其次電員濟場機總平都區問金院京北海代議天" +
		"世界建組織統第內比從沒應因當而很交還得利著通入所表性道自心意已更由情及等想灣萬元黨省號率基項何必億增保管據警官導", first: 46, last: 95, script: unicode.Han, others: 120}}
	kana = []language{{letters: "のにたいをはるしとがてでなれさか、。っらもーあンこスすトルまイりよくラだリアきうけクどフみ" +
		"わつッシえタコドプロそせマジ「」・めレテサメカ日人国年大会本中事者月一時分同行社政見出長部場方東京" +
		"地今民新内間学生後上自前高業合定対手力発全選動関相理実明党法権表経議市北朝鮮問題ちばごやおげべぶびチ" +
		"デオニウパキバナグブビミセァィェョュャほねへぐじむ", first: 44, last: 95, script: unicode.Han, others: 115}}
)
