//! The texts about signatures.

use super::signer::Mine;
use super::signing::{Failure, Level, Status};
use super::stored_signer::Done;
use crate::clock::Timestamp;
use crate::signature_terms::Format;
use crate::web::Texts;

crate::catalogue! {
    /// The texts of a signer's pages.
    pub struct SignatureText from ("../../text/signature.az.toml", "../../text/signature.en.toml") {
        title,
        intro,
        none,
        caption,
        what,
        who,
        until,
        status_label,
        statuses: Texts<Status>,
        failures: Texts<Failure>,
        back,
        back_to_service,
        ask_title,
        reference,
        format_label,
        formats: Texts<Format>,
        levels: Texts<Level>,
        documents_title,
        documents_text,
        open_file,
        fingerprint,
        names_you,
        names_all,
        signers_title,
        you,
        other_signer,
        answer_none,
        answer_nameless,
        answer_signed,
        answer_refused,
        answer_unable,
        waits_for_others,
        partly_text,
        name_title,
        name_text,
        name_again_text,
        name_button,
        fin_label,
        name_again_button,
        pairing_title,
        pairing_text,
        paired_text,
        agreed_text,
        done_named,
        not_named_title,
        fin_malformed,
        fin_yours,
        fin_twice,
        named_too_often,
        naming_over,
        pair_title,
        pair_text,
        pair_stranger_text,
        pair_label,
        pair_button,
        pair_as,
        pairing_wrong_title,
        pairing_wrong_text,
        pairing_locked_title,
        pairing_locked_text,
        agree_title,
        agree_text,
        agree_button,
        test_ends,
        done_agreed,
        not_agreed_title,
        not_agreed_text,
        not_yet_title,
        not_yet_text,
        other_refused,
        other_unable,
        others_late,
        sign,
        refuse,
        unable,
        test_text,
        refuse_title,
        refuse_text,
        unable_title,
        unable_text,
        final_text,
        refuse_button,
        unable_button,
        keep,
        done_refused,
        done_unable,
        device_title,
        code_title,
        code_text,
        code_until,
        box_title,
        box_text,
        stranger_text,
        wrong_title,
        wrong_text,
        late_title,
        late_text,
        locked_title,
        locked_text,
        certificate_title,
        certificate_text,
        over_title,
        over_text,
        stopped_title,
        stopped_text,
        back_to_signing,
        waiting_text,
        check_again,
        success_text,
        files_title,
        files_text,
        kept_text,
        agreement_needed,
        agreement_names_you,
        agreement_refuse_text,
        agreement_success,
        agreement_unrecorded,
        agreement_continue,
    }
}

impl SignatureText {
    /// How a signing stands for one of its signers.
    pub(super) fn standing(&self, mine: &Mine, now: Timestamp) -> &str {
        let status = mine.signing.status(now);
        match status.is_open() && mine.me.done.is_signed() {
            true => &self.waits_for_others,
            false => self.statuses.get(&status),
        }
    }

    /// Why it failed: by this signer, or by another one, of whom no more is said.
    pub(super) fn failure(&self, mine: &Mine, now: Timestamp) -> Option<&str> {
        let failure = mine.signing.failure(now)?;
        Some(match (failure, mine.me.done) {
            (Failure::Refused, Done::Refused) | (Failure::SignerUnable, Done::Unable) => {
                self.failures.get(&failure)
            }
            (Failure::Refused, _) => &self.other_refused,
            (Failure::SignerUnable, _) => &self.other_unable,
            (Failure::Expired, Done::Confirmed | Done::Signed) => &self.others_late,
            (Failure::Expired | Failure::ProviderFailed, _) => self.failures.get(&failure),
        })
    }
}
