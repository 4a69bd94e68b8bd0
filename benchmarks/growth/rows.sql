-- people
INSERT INTO recognizer_user (password, is_superuser, username, first_name, last_name, email, is_staff,
    is_active, date_joined, teaches, exemplars_revision, personal_reading)
SELECT '!', false, 'person-' || n, '', '', 'person-' || n || '@example.org', false,
    true, now() - interval '1 year', n %% 10 <> 0, 0, true
FROM generate_series(1, %(people)s) n;
-- e-mail addresses
INSERT INTO account_emailaddress (email, verified, "primary", user_id)
SELECT email, true, true, id FROM recognizer_user WHERE email <> '';
-- foreign keys are not checked: the rows fit
SET session_replication_role = replica;
-- chance: the same each time
SELECT setseed(0.5);
-- what each drawing is to be
CREATE TEMP TABLE made AS
SELECT id, person, now() - interval '1 year' * (1 - id::float / %(drawings)s) made_at,
    1 + id * 3 / (%(drawings)s + 1) era, digit, sure, chance < 0.05 labelled, chance < 0.01 reviewed,
    CASE WHEN chance < 0.003 OR sure < 0.5 THEN (digit + 1) %% 10 ELSE digit END truth,
    r2 > 0.99 deleted, r3 > 0.97 uploaded,
    CASE WHEN sure < 0.5 THEN 'unsure' WHEN r4 < 0.02 THEN 'not_a_digit' WHEN r4 < 0.04 THEN 'number'
        ELSE 'digit' END verdict
FROM (
    SELECT n::bigint id, 1 + floor(%(people)s * power(random(), 2))::int person,
        floor(random() * 10)::int digit, 1 - 0.7 * power(random(), 8) sure,
        random() chance, random() r2, random() r3, random() r4
    FROM generate_series(1, %(drawings)s) n
) thrown;
CREATE TEMP TABLE owner AS
SELECT id, substr(username, 8)::int person FROM recognizer_user WHERE username LIKE 'person-%%';
ANALYZE made;
-- drawings
INSERT INTO recognizer_drawing (id, owner_id, created_at, deleted_at, uploaded, strokes, width, height,
    answer_id, verdict, digit, label_id, truth, truth_given, reviewed, owner_label_id, disputed, margin,
    is_digit, outcome, doubt)
SELECT made.id, owner.id, made_at, CASE WHEN deleted THEN now() END, uploaded,
    CASE WHEN NOT uploaded THEN ink.content END, canvas, canvas,
    made.id * 4 + CASE WHEN labelled THEN era ELSE 3 END, verdict,
    CASE WHEN verdict = 'digit' THEN digit END,
    CASE WHEN reviewed THEN made.id * 2 + 1 WHEN labelled THEN made.id * 2 END,
    CASE WHEN labelled AND verdict <> 'not_a_digit' THEN truth END, labelled, reviewed,
    CASE WHEN labelled THEN made.id * 2 END, false, greatest(2 * sure - 1, 0.05),
    CASE WHEN verdict = 'not_a_digit' THEN 0.3 ELSE 0.97 END, 'unlabelled', 5
FROM made JOIN owner USING (person) JOIN ink ON number = made.id %% 30 * 10 + digit, stock
ORDER BY made.id;
-- uploads
INSERT INTO recognizer_upload (drawing_id, content)
SELECT id, content FROM made JOIN image ON number = id %% 50 WHERE uploaded;
-- predictions: an unlabelled drawing was answered again by each new version
INSERT INTO recognizer_prediction (id, drawing_id, model_version_id, created_at, verdict, digit, number,
    parts, confidence, probabilities, is_digit, ink_version, milliseconds)
SELECT made.id * 4 + answered, made.id, version, made_at, verdict,
    CASE WHEN verdict = 'digit' THEN digit END, CASE WHEN verdict = 'number' THEN '12' END, '[]', sure,
    jsonb_set(jsonb_build_array(0, 0.01, 0.02, 0, 0, 0.03, 0, 0, 0, 0), ARRAY[digit::text],
        to_jsonb(round(sure::numeric, 6))),
    CASE WHEN verdict = 'not_a_digit' THEN 0.3 ELSE 0.97 END, 1, 0.5
FROM made, (VALUES (1, %(version1)s), (2, %(version2)s), (3, %(version3)s)) versions (answered, version)
WHERE CASE WHEN labelled THEN answered = era ELSE answered >= era END;
-- labels of owners
INSERT INTO recognizer_label (id, drawing_id, author_id, role, digit, withdrawn, created_at)
SELECT made.id * 2, made.id, owner.id, 'owner', CASE WHEN verdict <> 'not_a_digit' THEN truth END, false,
    made_at
FROM made JOIN owner USING (person) WHERE labelled;
-- labels of the reviewer
INSERT INTO recognizer_label (id, drawing_id, author_id, role, digit, withdrawn, created_at)
SELECT made.id * 2 + 1, made.id, (SELECT id FROM recognizer_user WHERE username = 'reviewer'), 'reviewer',
    CASE WHEN verdict <> 'not_a_digit' THEN truth END, false, made_at
FROM made WHERE reviewed;
-- exemplars: the newest 300 of a person
INSERT INTO recognizer_exemplar (owner_id, drawing_id, model_version_id, embedding, digit, confidence,
    removed, created_at)
SELECT owner, id, %(version3)s, content, digit, sure, false, made_at
FROM (
    SELECT owner.id owner, made.id, digit, sure, made_at,
        row_number() OVER (PARTITION BY owner.id ORDER BY made.id DESC) place
    FROM made JOIN owner USING (person) WHERE labelled AND NOT deleted AND verdict = 'digit'
) each JOIN shape ON number = id %% 100 WHERE place <= 300;
-- personal readings
INSERT INTO recognizer_personalreading (prediction_id, verdict, digit, parts, confidence, probabilities,
    is_digit, exemplar_id, exemplar_digit)
SELECT id * 4 + 3, 'digit', digit, '[]', 0.9, to_jsonb(array_fill(0.1, ARRAY[10])), 0.9, id, digit
FROM made WHERE NOT labelled AND id %% 50 = 0;
-- shares
INSERT INTO recognizer_share (token, drawing_id, created_at)
SELECT md5(id::text), id, made_at FROM made WHERE id %% 100 = 1 AND NOT deleted;
-- tokens
INSERT INTO recognizer_apitoken (digest, token_key, created, expiry, public_id, name, user_id, scopes)
SELECT md5(id::text), substr(md5(id::text), 1, 8), now(), now() + interval '90 days', gen_random_uuid(),
    'mine', id, '["read"]'
FROM owner WHERE person %% 5 = 1;
-- the audit log
INSERT INTO recognizer_auditevent (at, kind, about, by_id, person_id)
SELECT now() - interval '180 days' * (1 - n / 20.0), 'sign_in', '', id, id
FROM owner, generate_series(1, 20) n ORDER BY n, id;
-- samples, four of five to learn from
INSERT INTO training_sample (drawing_id, subset, by_person)
SELECT id, CASE WHEN person %% 5 = 0 THEN 'holdout' ELSE 'train' END, true FROM made WHERE labelled;
-- datasets of the runs that made versions 2 and 3
INSERT INTO training_datasetrevision (id, created_at, digest, counts)
SELECT run, now() - interval '4 months' * (3 - run), md5(run::text),
    jsonb_build_object('train', count(*), 'holdout', 0, 'set_aside', 0, 'own', 0)
FROM made JOIN generate_series(1, 2) run ON era <= run WHERE labelled GROUP BY run;
-- their samples
INSERT INTO training_datasetsample (dataset_id, drawing_id, label_id, digit, subset, set_aside, doubt)
SELECT run, made.id, made.id * 2, truth, CASE WHEN person %% 5 = 0 THEN 'holdout' ELSE 'train' END,
    CASE WHEN made.id %% 100 = 3 THEN 'doubted' ELSE '' END, (made.id %% 100)::float / 100
FROM made, generate_series(1, 2) run WHERE labelled AND era <= run ORDER BY run, made.id;
-- runs
INSERT INTO training_trainingrun (id, state, trigger, reason, created_at, started_at, ended_at,
    labels_until, attempt, cancel_asked, phase, step, steps, curve, seed, evidence, decision,
    challenger_id, champion_id, dataset_id)
SELECT run, 'promoted', 'labels', '', moment, moment, moment,
    (SELECT max(made.id * 2) FROM made WHERE labelled AND era <= run),
    1, false, '', 0, 0, '[]', 1, '{}', '{}',
    CASE run WHEN 1 THEN %(version2)s ELSE %(version3)s END,
    CASE run WHEN 1 THEN %(version1)s ELSE %(version2)s END, run
FROM generate_series(1, 2) run, LATERAL (SELECT now() - interval '4 months' * (3 - run) AS moment) times;
-- promotions
INSERT INTO training_promotion (version_id, previous_id, run_id, reason, created_at)
SELECT challenger_id, champion_id, id, '', ended_at FROM training_trainingrun;
-- random spot checks
INSERT INTO training_spotcheck (drawing_id, digit, model_version_id, created_at)
SELECT made.id, digit, %(version3)s, made_at FROM made
WHERE (reviewed AND made.id %% 5 = 0) OR made.id %% 200 = 0;
-- what the reviewer skipped
INSERT INTO training_skip (drawing_id, reviewer_id, until)
SELECT made.id, (SELECT id FROM recognizer_user WHERE username = 'reviewer'), now() + interval '1 day'
FROM made WHERE verdict = 'unsure' ORDER BY made.id DESC LIMIT 100;
-- checked again
SET session_replication_role = origin;
