//! `aim:gov/payments`: conversions only; see [`aim_gov::payments`].

use aim_gov::grant::Capability;
use aim_gov::payments::state::{Failure, State};
use aim_gov::payments::{self as gov, Money};
use aim_gov::text::Locale;

use super::types::localised;
use super::{CallResult, RequestState};
use crate::arguments::{Argument, flag, keyed, number, pairs, path, record, redacted, word};
use crate::bindings::aim::gov::payments as wit;

impl wit::Host for RequestState {
    async fn create(&mut self, key: String, p: wit::NewPayment) -> CallResult<wit::Payment> {
        let call = self.begin(Capability::Payments, "create", || {
            [("key", keyed(&key)), ("p", asked(&p))]
        })?;
        let result = call
            .wait_for(self.apis.payments.create(&self.invocation, &key, p.into()))
            .await;
        let payment = self.end(call, result)?;
        Ok(self.leading_on(payment))
    }

    async fn get(&mut self, id: String) -> CallResult<wit::Payment> {
        let call = self.begin(Capability::Payments, "get", || [("id", word(&id))])?;
        let result = call.wait_for(self.apis.payments.get(&self.invocation, &id)).await;
        let payment = self.end(call, result)?;
        Ok(self.leading_on(payment))
    }

    async fn find(&mut self, key: String) -> CallResult<Option<wit::Payment>> {
        let call = self.begin(Capability::Payments, "find", || [("key", keyed(&key))])?;
        let result = call
            .wait_for(self.apis.payments.find(&self.invocation, &key))
            .await;
        let payment = self.end(call, result)?;
        Ok(payment.map(|payment| self.leading_on(payment)))
    }

    async fn capture(&mut self, id: String) -> CallResult<wit::Payment> {
        let call = self.begin(Capability::Payments, "capture", || [("id", word(&id))])?;
        let result = call
            .wait_for(self.apis.payments.capture(&self.invocation, &id))
            .await;
        let payment = self.end(call, result)?;
        Ok(self.leading_on(payment))
    }

    async fn cancel(&mut self, id: String) -> CallResult<wit::Payment> {
        let call = self.begin(Capability::Payments, "cancel", || [("id", word(&id))])?;
        let result = call
            .wait_for(self.apis.payments.cancel(&self.invocation, &id))
            .await;
        let payment = self.end(call, result)?;
        Ok(self.leading_on(payment))
    }

    async fn refund_payment(
        &mut self,
        key: String,
        id: String,
        minor_units: u64,
        expect_refundable: u64,
    ) -> CallResult<wit::Refund> {
        let call = self.begin(Capability::Payments, "refund-payment", || {
            [
                ("key", keyed(&key)),
                ("id", word(&id)),
                ("minor-units", number(minor_units)),
                ("expect-refundable", number(expect_refundable)),
            ]
        })?;
        let result = call
            .wait_for(self.apis.payments.refund_payment(
                &self.invocation,
                &key,
                &id,
                minor_units,
                expect_refundable,
            ))
            .await;
        Ok(self.end(call, result)?.into())
    }

    async fn bills(&mut self, service_code: String, purpose: String) -> CallResult<Vec<wit::Bill>> {
        let call = self.begin(Capability::Payments, "bills", || {
            [("service-code", word(&service_code)), ("purpose", word(&purpose))]
        })?;
        let result = call
            .wait_for(
                self.apis
                    .payments
                    .bills(&self.invocation, &service_code, &purpose),
            )
            .await;
        let bills = self.end(call, result)?;
        Ok(self.worded(bills))
    }

    async fn bill_history(&mut self, service_code: String, purpose: String) -> CallResult<Vec<wit::Bill>> {
        let call = self.begin(Capability::Payments, "bill-history", || {
            [("service-code", word(&service_code)), ("purpose", word(&purpose))]
        })?;
        let result = call
            .wait_for(
                self.apis
                    .payments
                    .bill_history(&self.invocation, &service_code, &purpose),
            )
            .await;
        let bills = self.end(call, result)?;
        Ok(self.worded(bills))
    }
}

fn asked(new: &wit::NewPayment) -> Argument {
    record([
        (
            "amount",
            record([
                ("minor-units", number(new.amount.minor_units)),
                ("currency", word(&new.amount.currency)),
            ]),
        ),
        ("service-code", word(&new.service_code)),
        ("reference", word(&new.reference)),
        ("description", localised(&new.description)),
        ("return-path", path(&new.return_path)),
        ("delayed-capture", flag(new.delayed_capture)),
        (
            "metadata",
            pairs(&new.metadata, |(name, value)| (name, redacted(value))),
        ),
    ])
}

impl RequestState {
    /// The payment, with the address of the pay page in the language of this request.
    fn leading_on(&self, payment: gov::Payment) -> wit::Payment {
        let (platform, locale) = (&self.invocation.service.platform, self.invocation.locale);
        wit::Payment {
            next_url: payment.next_url(platform, locale),
            receipt_url: payment.receipt_url(platform, locale),
            status: payment.state.into(),
            finished: payment.state.is_finished(),
            failure: payment.state.failure().map(Into::into),
            iso20022_status: payment.state.iso20022_status().to_owned(),
            refunds: payment.refunds().into(),
            refundable: payment.refundable().minor_units(),
            created: payment.created.as_wit(),
            expires: payment.expires.as_wit(),
            amount: payment.amount.into(),
            id: payment.id,
            reference: payment.reference,
            receipt_id: payment.receipt_id,
        }
    }

    /// The bills, in the language of this request.
    fn worded(&self, bills: Vec<gov::Bill>) -> Vec<wit::Bill> {
        bills
            .into_iter()
            .map(|bill| bill_in(bill, self.invocation.locale))
            .collect()
    }
}

fn bill_in(bill: gov::Bill, locale: Locale) -> wit::Bill {
    wit::Bill {
        service_code: bill.service_code.code.clone(),
        biller: bill.service_code.payee.get(locale).to_owned(),
        issued: bill.issued.as_wit(),
        due: Some(bill.due.as_wit()),
        amount: bill.amount.into(),
        status: match bill.status {
            gov::BillStatus::Open => wit::BillStatus::Open,
            gov::BillStatus::Pending => wit::BillStatus::Pending,
            gov::BillStatus::Paid => wit::BillStatus::Paid,
        },
        paid: bill.paid.map(aim_gov::clock::Timestamp::as_wit),
        description: bill.description.into(),
        id: bill.id,
        period: bill.period,
    }
}

impl From<wit::NewPayment> for gov::NewPayment {
    fn from(new: wit::NewPayment) -> Self {
        Self {
            minor_units: new.amount.minor_units,
            currency: new.amount.currency,
            service_code: new.service_code,
            reference: new.reference,
            description: new.description.into(),
            return_path: new.return_path,
            delayed_capture: new.delayed_capture,
            metadata: new.metadata,
        }
    }
}

impl From<Money> for wit::Money {
    fn from(amount: Money) -> Self {
        Self {
            minor_units: amount.minor_units(),
            currency: Money::CURRENCY.to_owned(),
        }
    }
}

impl From<State> for wit::Status {
    fn from(state: State) -> Self {
        match state {
            State::Created => Self::Created,
            State::Started => Self::Started,
            State::Authorising | State::Challenged | State::Approving | State::Refusing => Self::Submitted,
            State::Capturable | State::Capturing => Self::Capturable,
            State::Success => Self::Success,
            State::Failed(_) => Self::Failed,
            State::Cancelled => Self::Cancelled,
            State::Error => Self::Error,
        }
    }
}

impl From<Failure> for wit::Failure {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::PaymentMethodRejected => Self::PaymentMethodRejected,
            Failure::Expired => Self::Expired,
            Failure::CancelledByUser => Self::CancelledByUser,
            Failure::CancelledByService => Self::CancelledByService,
            Failure::ProviderError => Self::ProviderError,
            Failure::LimitExceeded => Self::LimitExceeded,
        }
    }
}

impl From<gov::RefundAvailability> for wit::RefundAvailability {
    fn from(availability: gov::RefundAvailability) -> Self {
        match availability {
            gov::RefundAvailability::Pending => Self::Pending,
            gov::RefundAvailability::Unavailable => Self::Unavailable,
            gov::RefundAvailability::Available => Self::Available,
            gov::RefundAvailability::Full => Self::Full,
        }
    }
}

impl From<gov::Refund> for wit::Refund {
    fn from(refund: gov::Refund) -> Self {
        Self {
            id: refund.id,
            payment_id: refund.payment_id,
            minor_units: refund.amount.minor_units(),
            status: match refund.state {
                gov::RefundState::Submitted => wit::RefundStatus::Submitted,
                gov::RefundState::Success => wit::RefundStatus::Success,
                gov::RefundState::Error => wit::RefundStatus::Error,
            },
        }
    }
}
