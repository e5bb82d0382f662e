INSERT INTO signing_signer (signing, place, role, label, citizen, namings, pairing_wrong, wrong, answer)
VALUES ($1, $2, $3, $4, $5, 0, 0, 0, 'none')
