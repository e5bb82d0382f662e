//! The service's words, in Azerbaijani and English.

use aim_sdk::prelude::Locale;

/// Everything that the pages say.
#[derive(Debug)]
pub struct Words {
    pub title: &'static str,
    pub skip: &'static str,
    pub open_heading: &'static str,
    pub nothing_open: &'static str,
    pub biller: &'static str,
    pub what_for: &'static str,
    pub due: &'static str,
    pub amount: &'static str,
    pub action: &'static str,
    pub pay: &'static str,
    pub pay_for: &'static str,
    pub total: &'static str,
    pub moved: &'static str,
    pub year_heading: &'static str,
    pub year_chart: &'static str,
    pub month: &'static str,
    pub as_table: &'static str,
    pub holidays_heading: &'static str,
    pub holidays_text: &'static str,
    pub no_holidays: &'static str,
    pub holidays_source: &'static str,
    pub date: &'static str,
    pub holiday: &'static str,
    pub paid_title: &'static str,
    pub paid_text: &'static str,
    pub receipt: &'static str,
    pub failed_title: &'static str,
    pub failed_text: &'static str,
    pub waiting_title: &'static str,
    pub waiting_text: &'static str,
    pub go_on: &'static str,
    pub back: &'static str,
}

/// The words in the citizen's language; Russian readers get Azerbaijani until there are Russian ones.
pub fn of(locale: Locale) -> &'static Words {
    match locale {
        Locale::Az | Locale::Ru => &AZ,
        Locale::En => &EN,
    }
}

/// The language that [`of`] answers in.
pub fn language(locale: Locale) -> Locale {
    match locale {
        Locale::Az | Locale::Ru => Locale::Az,
        Locale::En => Locale::En,
    }
}

static AZ: Words = Words {
    title: "Kommunal hesablar",
    skip: "Əsas məzmuna keç",
    open_heading: "Ödənilməli hesablar",
    nothing_open: "Evinizin ödənilməmiş hesabı yoxdur.",
    biller: "Təchizatçı",
    what_for: "Nə üçün",
    due: "Son tarix",
    amount: "Məbləğ",
    action: "Əməliyyat",
    pay: "Ödə",
    pay_for: "hesab:",
    total: "Cəmi",
    moved: "iş günü olmadığı üçün",
    year_heading: "Son on iki ay",
    year_chart: "Aylar üzrə hesabların cəmi",
    month: "Ay",
    as_table: "Cədvəl kimi göstər",
    holidays_heading: "Son tarixi dəyişən bayramlar",
    holidays_text: "Son tarix istirahət və ya bayram gününə düşəndə növbəti iş günü əsas götürülür.",
    no_holidays: "Bu hesabların son tarixinə bayram düşmür.",
    holidays_source: "Mənbə: açıq məlumat, az-public-holidays",
    date: "Tarix",
    holiday: "Bayram",
    paid_title: "Ödənildi",
    paid_text: "Ödəniş qəbul edildi. Qəbzi saxlaya və ya çap edə bilərsiniz.",
    receipt: "Qəbzi aç",
    failed_title: "Ödəniş baş tutmadı",
    failed_text: "Pulunuz çıxılmayıb. Yenidən cəhd edə bilərsiniz.",
    waiting_title: "Ödəniş tamamlanmayıb",
    waiting_text: "Ödəniş səhifəsinə qayıdıb onu tamamlayın və ya imtina edin.",
    go_on: "Ödəniş səhifəsinə qayıt",
    back: "Hesablara qayıt",
};

static EN: Words = Words {
    title: "Utility bills",
    skip: "Skip to main content",
    open_heading: "Bills to pay",
    nothing_open: "Your household has no unpaid bills.",
    biller: "Supplier",
    what_for: "What for",
    due: "Due",
    amount: "Amount",
    action: "Action",
    pay: "Pay",
    pay_for: "the bill:",
    total: "Total",
    moved: "not a working day:",
    year_heading: "The last twelve months",
    year_chart: "All bills by month",
    month: "Month",
    as_table: "Show as a table",
    holidays_heading: "Holidays that move a due date",
    holidays_text: "Where the due date is a weekend or a public holiday, the next working day counts.",
    no_holidays: "No public holiday falls on the due dates of these bills.",
    holidays_source: "Source: open data, az-public-holidays",
    date: "Date",
    holiday: "Holiday",
    paid_title: "Paid",
    paid_text: "The payment went through. You can keep or print the receipt.",
    receipt: "Open the receipt",
    failed_title: "The payment did not go through",
    failed_text: "No money was taken. You can try again.",
    waiting_title: "The payment is not finished",
    waiting_text: "Go back to the payment page to finish or cancel it.",
    go_on: "Back to the payment page",
    back: "Back to the bills",
};
