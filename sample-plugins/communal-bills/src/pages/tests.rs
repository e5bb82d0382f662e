use aim_sdk::payments::{BillStatus, Money, RefundAvailability, Status as Paid};

use super::*;

fn bill(id: &str, due: &str, status: BillStatus) -> Bill {
    // Noon in Baku.
    let days = (0..40_000)
        .find(|days| Date::of_timestamp(days * 86_400_000).iso() == due)
        .unwrap();
    Bill {
        id: id.into(),
        service_code: "utilities.gas".into(),
        biller: "Azəriqaz <b>".into(),
        period: "2026-10".into(),
        issued: 0,
        due: Some(days * 86_400_000),
        amount: Money::azn(1_234),
        description: Localised::new("Qaz, oktyabr 2026", "Gas, October 2026"),
        status,
        paid: None,
    }
}

fn text(response: &Response) -> String {
    String::from_utf8(response.body().to_vec()).unwrap()
}

fn overview_text(locale: Locale, bills: &[Bill]) -> String {
    let open = crate::bills::open(bills);
    text(&overview_page(locale, bills, &open, &Holidays::default()))
}

#[test]
fn overview_shows_each_open_bill_with_a_button_that_says_what_it_pays() {
    let bills = [
        bill("bill_1", "2026-11-21", BillStatus::Open),
        bill("bill_2", "2026-11-20", BillStatus::Paid),
    ];
    let page = overview_text(Locale::En, &bills);
    assert!(page.contains("<html lang=\"en\">"));
    assert_eq!(page.matches("<h1>").count(), 1);
    assert_eq!(
        page.matches("name=\"bill\"").count(),
        2,
        "to pay, and to be reminded"
    );
    assert!(page.contains("value=\"bill_1\""));
    assert!(page.contains("Azəriqaz &lt;b&gt;"));
    assert!(page.contains("<span class=\"visually-hidden\"> the bill: Gas, October 2026</span>"));
    assert!(
        page.contains("<strong>23.11.2026</strong>"),
        "a Saturday moves to Monday"
    );
    assert!(page.contains("AZN\u{a0}12.34"));
    assert!(
        page.contains("October 2026: AZN\u{a0}24.68"),
        "the year counts paid bills too"
    );
}

#[test]
fn azerbaijani_is_spoken_to_everyone_who_does_not_read_english() {
    for locale in [Locale::Az, Locale::Ru] {
        let page = overview_text(locale, &[]);
        assert!(page.contains("<html lang=\"az\">"));
        assert!(page.contains("Evinizin ödənilməmiş hesabı yoxdur."));
    }
}

#[test]
fn each_outcome_leads_on() {
    let payment = Payment {
        id: "pay_1".into(),
        amount: Money::azn(1_234),
        reference: "bill_1".into(),
        status: Paid::Success,
        finished: true,
        failure: None,
        iso20022_status: "ACSC".into(),
        next_url: Some("http://localhost/az/pay/pay_1".into()),
        receipt_url: Some("http://localhost/az/receipts/rcp_1".into()),
        refunds: RefundAvailability::Available,
        refundable: 1_234,
        created: 0,
        expires: 0,
        receipt_id: Some("rcp_1".into()),
    };
    let page = |which| text(&outcome(Locale::Az, &payment, which));
    assert!(page(Outcome::Paid).contains("href=\"http://localhost/az/receipts/rcp_1\""));
    assert!(page(Outcome::Waiting).contains("href=\"http://localhost/az/pay/pay_1\""));
    let failed = page(Outcome::Failed);
    assert!(failed.contains("Pulunuz çıxılmayıb") && !failed.contains("receipts"));
}
