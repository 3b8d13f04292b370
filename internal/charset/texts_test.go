package charset

import "strings"

// texts are news as each language writes it: the title of a feed, then the titles
// of its items, each with a sentence or two.
var texts = map[string][]string{
	"ko": {"북한 인권 소식",
		"탈북민 지원 단체, 새 보고서 발표", "서울에 있는 인권 단체가 국경 지역의 상황을 조사한 보고서를 내놓았다. 보고서는 지난해 국경을 넘은 사람이 크게 줄었다고 밝혔다.",
		"유엔, 북한 인권 결의안 채택", "유엔 총회는 북한의 인권 상황을 우려하는 결의안을 표결 없이 채택했다. 한국 정부는 환영한다는 뜻을 전했다.",
		"쌀값 두 달째 올라", "평양과 신의주의 시장에서 쌀 가격이 두 달째 오르고 있는 것으로 나타났다."},
	"ko-uhc": {"똠방각하 뉴스",
		"펲시와 햏자, 쌰방쌰방한 하루", "방송 작가 김씨는 믱기적거리지 말고 빨리 쓰라는 말을 들었다고 한다. 그는 뷁이라는 글자를 처음 본 날을 기억한다.",
		"옛 드라마 똠방각하 다시 본다", "방송사는 오래된 드라마를 다시 내보내기로 했다. 시청자들은 반갑다는 반응을 보였다."},
	"ja": {"アジア人権ニュース",
		"拉致問題で家族会が集会", "拉致被害者の家族でつくる会は、東京で集会を開き、政府に早期の解決を求めた。参加した人は約八百人にのぼった。",
		"難民の受け入れ、制度見直しへ", "政府は来年の通常国会に、難民認定の手続きを改める法案を提出する方針を固めた。",
		"ミャンマーの記者、釈放される", "ヤンゴンの裁判所は、二年にわたって拘束されていた記者の釈放を認めた。新聞社は「喜ばしい」とコメントした。"},
	"zh-Hans": {"亚洲人权新闻",
		"联合国专家对律师被拘押表示关切", "联合国人权专家星期三发表声明，对多名维权律师被长期拘押表示关切，并要求当局公布他们的下落。",
		"边境地区难民人数继续增加", "当地官员说，过去一个月有三千多人越过边境，其中大部分是妇女和儿童。救援组织呼吁提供食物和药品。",
		"法院开庭审理记者案件", "北京一家法院星期五开庭审理一名记者的案件，外国外交官没有获准旁听。"},
	"zh-rare": {"镕堃观察",
		"朱镕基与陶喆谈改革", "前总理朱镕基的讲话被收入新书，书中还提到了䶮、㙍等生僻字，以及表情符号😀和维吾尔文ئۇيغۇر。出版社表示，这本书将在下个月发行。",
		"镕堃公司发布年度报告", "公司表示，去年的收入增加了百分之十二，今年将继续投资教育和医疗。"},
	"zh-Hant": {"亞洲人權新聞",
		"聯合國專家關注律師遭拘押", "聯合國人權專家週三發表聲明，對多名維權律師遭長期拘押表示關注，並要求當局公布他們的下落。",
		"香港記者協會發表年報", "記者協會表示，過去一年新聞自由的空間持續收窄，不少記者離開了這個行業。",
		"台灣立法院審議難民法草案", "立法院內政委員會今天開始審議難民法草案，預計下個月完成。"},
	"zh-HK": {"香港街坊新聞",
		"街市小販嘅生意點樣", "喺深水埗擺檔三十年嘅陳太話，而家啲生意差咗好多，佢哋都唔知可以捱到幾時。",
		"居民反對清拆舊樓", "有居民話，業主冇同佢哋傾過就要收樓，啱啱搬嚟嘅街坊都好嬲。"},
	"pl": {"Prawa człowieka w Azji",
		"Więźniowie polityczni w Korei Północnej", "Według nowego raportu w obozach przebywa ponad sto tysięcy osób. Żądamy natychmiastowego dostępu obserwatorów – mówią autorzy.",
		"Sąd odroczył rozprawę dziennikarza", "Rozprawa odbędzie się dopiero w październiku. „Będziemy walczyć” – powiedziała żona oskarżonego.",
		"Uchodźcy na granicy", "Straż graniczna zatrzymała wczoraj czterdzieści osób, w tym dzieci."},
	"hu": {"Emberi jogi hírek",
		"Őrizetbe vettek két újságírót", "A rendőrség kedden őrizetbe vett két újságírót, akik a határnál készítettek felvételeket. Az ügyvédjük szerint törvénytelenül jártak el.",
		"Új törvény a menekültekről", "A parlament elfogadta a menekültügyi törvény módosítását; az ellenzék tüntetést hirdetett.",
		"Éhségsztrájk a börtönben", "Több mint húsz fogoly kezdett éhségsztrájkot a fővárosi börtönben."},
	"cs": {"Zprávy o lidských právech",
		"Soud propustil novináře na svobodu", "Krajský soud v úterý rozhodl, že novinář může být stíhán na svobodě. Obžaloba se proti rozhodnutí odvolá.",
		"Přibývá běženců na hranicích", "Podle úřadů přešlo za poslední měsíc hranici přes tři tisíce lidí, většinou žen a dětí.",
		"Výstava připomíná oběti režimu", "Výstavu si můžete prohlédnout do konce října, vstup je volný."},
	"ru": {"Новости о правах человека",
		"Суд продлил арест журналиста", "Московский суд продлил арест журналиста до конца октября. Адвокаты заявили, что подадут жалобу.",
		"Беженцы из Северной Кореи", "По данным правозащитников, в прошлом году границу перешли около двухсот человек, большинство из них женщины.",
		"Новый закон о некоммерческих организациях", "Государственная дума приняла закон в третьем чтении."},
	"uk": {"Новини про права людини",
		"Суд відпустив журналістку під заставу", "Київський суд ухвалив рішення відпустити журналістку під заставу. Її захисники вважають справу політичною.",
		"Біженці на кордоні", "За даними прикордонної служби, минулого тижня кордон перетнули понад три тисячі осіб, здебільшого жінки й діти.",
		"Її звільнили після двох років у колонії", "Правозахисниця повернулася до рідного міста Ужгорода."},
	"fr": {"L’actualité des droits de l’homme",
		"Un journaliste libéré après deux années de détention", "Le tribunal a ordonné la libération du journaliste, arrêté à la frontière en février. « C’est un soulagement », a déclaré sa sœur.",
		"Des réfugiés bloqués à la frontière", "Près de trois cents personnes, dont des enfants, attendent depuis plusieurs jours d’être accueillies où que ce soit.",
		"Le rapport annuel est publié", "L’association dénonce des conditions inchangées dans les camps."},
	"fr-15": {"L'actualité européenne",
		"Un fonds de 300 € par réfugié", "Le Conseil a décidé d'accorder 300 € à chaque réfugié accueilli. La décision a été saluée par Mme Lecœur, députée européenne.",
		"L'œuvre d'un exilé à Paris", "L'exposition, consacrée à un peintre exilé, s'achève en août. L'entrée coûte 12 €.",
		"Sa sœur témoigne", "Arrêtée en même temps que lui, sa sœur témoigne à l'antenne."},
	"de": {"Nachrichten über Menschenrechte",
		"Flüchtlinge müssen länger warten", "Die Behörde begründete die Verzögerung mit fehlendem Personal. Für viele Familien ist das eine große Härte.",
		"Prüfung der Vorwürfe gefordert", "Abgeordnete aller Parteien verlangen, dass die Vorwürfe unabhängig geprüft werden.",
		"Österreich nimmt Flüchtlinge auf", "Das gab das Außenministerium am Montag bekannt."},
	"el": {"Ειδήσεις για τα ανθρώπινα δικαιώματα",
		"Ελεύθερος ο δημοσιογράφος μετά από δύο χρόνια", "Το δικαστήριο αποφάσισε την αποφυλάκιση του δημοσιογράφου. Η οικογένειά του δήλωσε ότι είναι ευτυχισμένη.",
		"Άφιξη προσφύγων στα νησιά", "Περισσότεροι από τριακόσιοι πρόσφυγες έφτασαν χθες στη Λέσβο, ανάμεσά τους πολλά παιδιά.",
		"Νέος νόμος για το άσυλο", "Η Βουλή ψήφισε τον νόμο με μεγάλη πλειοψηφία."},
	"tr": {"İnsan hakları haberleri",
		"Gazeteci iki yıl sonra serbest bırakıldı", "Mahkeme, iki yıldır tutuklu bulunan gazetecinin serbest bırakılmasına karar verdi. Ailesi kararı sevinçle karşıladı.",
		"Sınırda bekleyen sığınmacılar", "Yetkililer, geçen hafta üç binden fazla kişinin sınırı geçtiğini açıkladı; çoğu kadın ve çocuk.",
		"Yeni rapor yayımlandı", "Raporda, işkence iddialarının araştırılmadığı belirtiliyor."},
	"he": {"חדשות זכויות אדם",
		"העיתונאי שוחרר אחרי שנתיים", "בית המשפט הורה לשחרר את העיתונאי שנעצר לפני שנתיים ליד הגבול. משפחתו אמרה כי היא מאושרת.",
		"פליטים ממתינים בגבול", "לפי הארגונים, יותר משלושת אלפים איש חצו את הגבול בחודש האחרון, רובם נשים וילדים.",
		"חוק חדש אושר בכנסת", "החוק אושר בקריאה שלישית ברוב גדול."},
	"ar": {"أخبار حقوق الإنسان",
		"الإفراج عن صحفي بعد عامين من الاعتقال", "أمرت المحكمة بالإفراج عن الصحفي الذي اعتقل قرب الحدود قبل عامين، وقالت أسرته إنها سعيدة بالقرار.",
		"لاجئون ينتظرون على الحدود", "عبر أكثر من ثلاثة آلاف شخص الحدود خلال الشهر الماضي، معظمهم من النساء والأطفال.",
		"تقرير جديد عن السجون", "يصف التقرير أوضاع المعتقلين في ثلاثة سجون."},
	"fa": {"اخبار حقوق بشر",
		"روزنامه نگار پس از دو سال آزاد شد", "دادگاه حکم به آزادي روزنامه نگاري داد که دو سال پيش نزديک مرز بازداشت شده بود. خانواده او ابراز خوشحالي کردند.",
		"پناهجويان در مرز منتظرند", "بيش از سه هزار نفر در ماه گذشته از مرز گذشتند که بيشتر آنان زنان و کودکان بودند.",
		"گزارش تازه درباره زندان ها", "در اين گزارش از وضعيت زندانيان چند شهر سخن گفته شده است."},
	"lt": {"Žmogaus teisių naujienos",
		"Žurnalistas paleistas po dvejų metų", "Teismas nusprendė paleisti žurnalistą, kuris buvo sulaikytas prie sienos. Jo šeima džiaugiasi šiuo sprendimu.",
		"Pabėgėliai laukia prie sienos", "Praėjusį mėnesį sieną kirto daugiau kaip trys tūkstančiai žmonių, daugiausia moterų ir vaikų.",
		"Paskelbta nauja ataskaita", "Ataskaitoje aprašomos kalinių gyvenimo sąlygos."},
	"vi": {"Tin tức nhân quyền",
		"Nhà báo được trả tự do sau hai năm", "Tòa án đã ra lệnh trả tự do cho nhà báo bị bắt gần biên giới. Gia đình ông cho biết họ rất vui mừng.",
		"Người tị nạn chờ ở biên giới", "Hơn ba nghìn người đã vượt biên giới trong tháng qua, phần lớn là phụ nữ và trẻ em.",
		"Báo cáo mới về nhà tù", "Báo cáo mô tả điều kiện sống của các tù nhân lương tâm."},
	"th": {"ข่าวสิทธิมนุษยชน",
		"นักข่าวได้รับการปล่อยตัวหลังถูกคุมขังสองปี", "ศาลมีคำสั่งให้ปล่อยตัวนักข่าวที่ถูกจับกุมใกล้ชายแดน ครอบครัวของเขากล่าวว่ารู้สึกดีใจมาก",
		"ผู้ลี้ภัยรออยู่ที่ชายแดน", "เมื่อเดือนที่แล้วมีผู้ข้ามชายแดนมากกว่าสามพันคน ส่วนใหญ่เป็นผู้หญิงและเด็ก",
		"รายงานฉบับใหม่เกี่ยวกับเรือนจำ", "รายงานกล่าวถึงสภาพความเป็นอยู่ของผู้ต้องขัง"},
}

// feed is the RSS document of a text.
func feed(declaration string, text []string) string {
	var b strings.Builder
	b.WriteString(declaration + "<rss version=\"2.0\"><channel><title>" + text[0] +
		"</title><link>https://news.example.org/</link><language>und</language>\n")
	for i := 1; i < len(text); i += 2 {
		b.WriteString("<item>\n<title>" + text[i] + "</title>\n<link>https://news.example.org/?p=1" +
			"</link>\n<guid isPermaLink=\"false\">https://news.example.org/?p=1</guid>\n" +
			"<pubDate>Tue, 10 Mar 2026 08:00:00 +0000</pubDate>\n<description><![CDATA[<p class=\"lead\">" + text[i+1] +
			"</p> <a href=\"https://news.example.org/?p=1\">&gt;&gt;</a>]]></description>\n</item>\n")
	}
	b.WriteString("</channel></rss>\n")
	return b.String()
}
