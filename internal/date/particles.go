package date

// role is what a word of a date does that names no month and no day.
type role uint8

const (
	filler      role = iota // says nothing
	beforeMonth             // stands before a number and makes it the month
	morning                 // the hours 0 to 11
	afternoon               // the hours 12 to 23
	buddhistEra             // the year is Thailand's
	persianEra              // the year is Solar Hijri
)

// particles are the words of each role, a blank in a word written "_". A word
// that says that the date is of another calendar (هـ, ዓ.ም.) isn't here: its date
// stays unknown. Nor are the halves of the day of those who count the hours from
// dawn (Swahili, Amharic, Tigrinya).
var particles = []struct {
	role  role
	words string
}{
	{filler, "of the on r. r in de del della dello di do da d' den der dem des el le il du l' dne dana dnia ng ika noong tarehe ngày nam năm ta ya wa " +
		"der_den ve günü tarihinde tarixi tarixində kuni sanasi güni " +
		"mwaka vào_ngày ee ko " +
		"ημέρα του της " +
		"гараг өдрийн күні күнү рӯзи " +
		"ב של בתאריך يوم من لسنة عام روز مورخ د ورځ " +
		"दिन दिनांक तारीख দিন তারিখ ދ " +
		"ที่ วัน วันที่ เดือน ปี ວັນ ວັນທີ ທີ ເດືອນ ປີ ថ្ងៃ ថ្ងៃទី ទី ឆ្នាំ နေ့ ရက်နေ့တွင် " +
		"གཟའ སྤྱི་ལོ ཕྱི་ལོ ཚེས " +
		"週 公元 西元 公历 公曆"},
	{filler, "at @ a à as às la las los les alle alla ore ora orele um kl klo kell om o u v w ob godz g. hod ve saat saatı soat sagat seat " +
		"pukul pkl jam pada lúc vào_lúc vào nang ora's a_las a_les e_le " +
		"в о об у во г.в στις ώρα соати соат сағат саат цагт " +
		"בשעה في_الساعة الساعة في على_الساعة ساعت ساعة په په_ساعت کاتژمێر بوقت کو को এ " +
		"เวลา ເວລາ ម៉ោង នៅម៉ោង အချိန် "},
	{filler, "uhr uur hrs hs h hod. น. น ໂມງ बजे টা বাজে بجے με ч"},
	{filler, "г. год года году гг р. року рік г год. ж. жыл жылы жылғы ж. йил йили yil yili il ili ýyl ýylyň соли сол оны он он_оны ел елның " +
		"թ. թվական թվականի წ. წელი წლის წლ. m. gada gads. god. godine год_. године an ko eko urteko " +
		"年 년 年度 ခုနှစ် ခု ခုနှစ်၊ ء وی سنہ வருடம் ලංකා වර්ෂය"},
	{filler, "月 월 сар сарын"},
	{filler, "st nd rd th er re e ème ste de'_ º ª an en én jén i d. ê'ê ê an nji njy njı inji ncı nci cü cu cı ci го е ого й ті та " +
		"日 号 號 일 ရက် ရက်နေ့ तारीख_को তারিখে"},
	{beforeMonth, "tháng thg ខែ ཟླ ཟླ་བ ཕྱི་ཟླ"},
	{morning, "am a_m 오전 午前 上午 凌晨 早上 sa " +
		"πμ π_μ dop пр_об ص صباحا صباحًا ق_ظ قظ قبل_از_ظهر قبل\u200cازظهر پ_ن ب_ن पूर्वाह्न পূর্বাহ্ণ முற்பகல் පෙ_ව නံနက် ព្រឹក ກ່ອນທ່ຽງ ก่อนเที่ยง pg öö f_h fm"},
	{afternoon, "pm p_m 오후 午後 下午 ch " +
		"μμ μ_μ odp сл_об م مساء مساءً ب_ظ بظ بعد_از_ظهر بعدازظهر د_ن अपराह्न অপরাহ্ণ பிற்பகல் ප_ව ညနေ ល្ងាច ຫຼັງທ່ຽງ หลังเที่ยง ptg ös e_h em"},
	{filler, "ค.ศ. ค.ศ ad ce н.э. م. ميلادية ميلادي میلادی ຄ.ສ. គ.ស. ዓ.ዓ እ.ኤ.አ."},
	{buddhistEra, "พ.ศ. พุทธศักราช"},
	{persianEra, "ه.ش ه\u200d.ش هجری_شمسی هجری_خورشیدی شمسی خورشیدی"},
}
