SELECT p.id, p.service, p.service_az, p.service_en, p.service_ru, p.controller, p.citizen, p.service_code,
    p.amount_minor, p.reference, p.description_az, p.description_en, p.description_ru, p.return_path,
    p.delayed_capture, p.metadata, p.bill, p.state, p.failure, p.rejection, p.rejections, p.charges, p.asked,
    p.asked_ms, p.created_ms, p.expires_ms, p.refunded_minor, r.id AS receipt
FROM payment p
LEFT JOIN payment_receipt r ON r.payment = p.id
WHERE p.id = $1
