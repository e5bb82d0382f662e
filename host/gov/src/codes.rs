//! The codes of closed lists are stored in databases, documents and the WIT: this test fails if a variant is
//! renamed or `strum` spells one differently.

use strum::VariantArray;

use crate::consent::{Change, EndedBy, State};
use crate::document_kind::ClaimKind;
use crate::documents::{Acceptance, PresentationFailure, PresentationStatus, Presenter, Standing};
use crate::error::LimitKind;
use crate::event_type::EventType;
use crate::exchange::{Failure as SubmissionFailure, Status as SubmissionStatus};
use crate::grant::{Attribute, Capability};
use crate::identity::Scope;
use crate::invocation::Acr;
use crate::open_data::column::ColumnType;
use crate::payments::RefundState;
use crate::payments::state::Asked;
use crate::signature::{Assurance, Done, Failure, Format, Level, Role, SigningOrder, Status};

fn codes<T: VariantArray + Copy + Into<&'static str>>() -> Vec<&'static str> {
    T::VARIANTS.iter().map(|one| (*one).into()).collect()
}

#[test]
fn codes_are_those_that_are_kept() {
    assert_eq!(
        codes::<Capability>(),
        [
            "identity",
            "consent",
            "payments",
            "open-data",
            "notifications",
            "life-events",
            "exchange",
            "documents",
            "signature",
            "logging",
            "clock",
            "random",
            "outbound"
        ]
    );
    assert_eq!(
        codes::<Attribute>(),
        [
            "name",
            "given_name",
            "middle_name",
            "family_name",
            "birthdate",
            "gender",
            "nationalities",
            "address",
            "locale",
            "phone_number_verified",
            "email_verified",
            "fin",
            "utility_bills",
            "age_over",
            "resident_of",
            "citizen",
            "residence",
            "owns_home",
            "properties",
            "owns_vehicle",
            "vehicles",
            "income_below",
            "income",
            "has_diploma",
            "diplomas",
            "place_application",
            "children",
            "marriage",
            "child_name",
            "child_benefit",
            "marriage_application",
            "death"
        ]
    );
    assert_eq!(
        codes::<Scope>(),
        ["openid", "profile", "address", "phone", "email"]
    );
    assert_eq!(
        codes::<EventType>(),
        [
            "az.gov.timer.due.v1",
            "az.gov.payment.changed.v1",
            "az.gov.refund.changed.v1",
            "az.gov.message.finished.v1",
            "az.gov.message.confirmed.v1",
            "az.gov.consent.changed.v1",
            "az.gov.residence.changed.v1",
            "az.gov.signature.changed.v1",
            "az.gov.submission.changed.v1",
            "az.gov.presentation.finished.v1",
            "az.gov.document.changed.v1",
            "az.gov.birth.registered.v1",
            "az.gov.marriage.registered.v1",
            "az.gov.pension-age.reached.v1",
            "az.gov.death.registered.v1"
        ]
    );
    assert_eq!(codes::<Acr>(), ["low", "substantial", "high"]);
    assert_eq!(
        codes::<LimitKind>(),
        [
            "citizens",
            "amount-per-payment",
            "amount-per-citizen",
            "amount-total",
            "transactions",
            "end-date",
            "data-category",
            "region",
            "messages",
            "calls-per-minute",
            "messages-per-citizen",
            "signatures",
            "registry-calls",
            "presentations",
            "documents",
            "events"
        ]
    );
    assert_eq!(codes::<Change>(), ["pause", "resume", "revoke"]);
    assert_eq!(
        codes::<State>(),
        ["active", "denied", "paused", "revoked", "expired", "superseded"]
    );
    assert_eq!(
        codes::<EndedBy>(),
        ["citizen", "service", "left", "withdrawn", "death"]
    );
    assert_eq!(codes::<ColumnType>(), ["integer", "number", "boolean", "text"]);
    assert_eq!(
        codes::<Asked>(),
        ["authorise", "approve", "refuse", "capture", "release"]
    );
    assert_eq!(codes::<ClaimKind>(), ["text", "date", "number", "yes-no"]);
    assert_eq!(codes::<Acceptance>(), ["offered", "accepted", "declined"]);
    assert_eq!(codes::<Format>(), ["pades", "jades"]);
    assert_eq!(codes::<Assurance>(), ["advanced"]);
    assert_eq!(codes::<Level>(), ["b-b", "b-t"]);
    assert_eq!(
        codes::<Status>(),
        [
            "created",
            "started",
            "partly-signed",
            "submitted",
            "success",
            "failed",
            "cancelled",
            "error"
        ]
    );
    assert_eq!(codes::<SigningOrder>(), ["any", "listed"]);
    assert_eq!(codes::<Role>(), ["current", "citizen", "named"]);
    assert_eq!(
        codes::<Done>(),
        ["none", "confirmed", "signed", "refused", "unable"]
    );
    assert_eq!(
        codes::<Failure>(),
        ["refused", "expired", "signer-unable", "provider-failed"]
    );
    assert_eq!(
        codes::<SubmissionStatus>(),
        ["created", "submitted", "success", "failed", "error"]
    );
    assert_eq!(
        codes::<SubmissionFailure>(),
        ["agency-refused", "outcome-unknown"]
    );
    assert_eq!(codes::<Standing>(), ["good", "suspended", "revoked"]);
    assert_eq!(codes::<Presenter>(), ["current", "anyone"]);
    assert_eq!(
        codes::<PresentationStatus>(),
        ["created", "started", "success", "failed", "cancelled"]
    );
    assert_eq!(codes::<PresentationFailure>(), ["not-shown", "expired"]);
    assert_eq!(codes::<RefundState>(), ["submitted", "success", "error"]);
}
