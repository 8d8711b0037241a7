-- Contacts of stations by hand for DuckDB: every declared rule in one pass over the files.
--
-- Each rule is a bit of `faults`, which the table `rule` (bit, severity, code, field) names. Accepted rows go to one
-- Parquet file, typed and with codes for words; each fault of each row goes to another. `$files`, `$columns`, `$null_words`,
-- `$true_words`, `$false_words`, `$as_of` and `$folder` are filled in. Before it stand the tables word (list, word, code),
-- known_division (code), known_site (county, site_id), known_hospital (org_id) and rule.

CREATE MACRO given(cell) AS nullif(trim(cell), '');
CREATE MACRO digit(n, place) AS (n // place) % 10;
CREATE MACRO check_digit(n) AS substr('10X98765432', (
    (digit(n, 10000000000000000) + digit(n, 1000000)) * 7 + (digit(n, 1000000000000000) + digit(n, 100000)) * 9
    + (digit(n, 100000000000000) + digit(n, 10000)) * 10 + (digit(n, 10000000000000) + digit(n, 1000)) * 5
    + (digit(n, 1000000000000) + digit(n, 100)) * 8 + (digit(n, 100000000000) + digit(n, 10)) * 4
    + (digit(n, 10000000000) + digit(n, 1)) * 2 + digit(n, 1000000000) + digit(n, 100000000) * 6
    + digit(n, 10000000) * 3) % 11 + 1, 1);
-- The 18-digit form: without spaces, x as X, 15 digits extended.
CREATE MACRO long_number(id) AS CASE
    WHEN length(id) = 15 AND try_cast(id AS BIGINT) IS NOT NULL
        THEN substr(id, 1, 6) || '19' || substr(id, 7) || check_digit(CAST(substr(id, 1, 6) || '19' || substr(id, 7) AS BIGINT))
    ELSE id END;
CREATE MACRO is_right(id) AS length(id) = 18
    AND substr(id, 18) = check_digit(try_cast(substr(id, 1, 17) AS BIGINT))
    AND try_strptime(substr(id, 7, 8), '%Y%m%d') IS NOT NULL;
CREATE MACRO is_damaged(id) AS regexp_full_match(id, '\d{15}000|\d+(\.\d+)?E\+?\d+');

CREATE TABLE checked AS
WITH cell AS (
    SELECT split_part(filename, '/', -3) AS county, split_part(filename, '/', -1) AS file,
           given(record_id) AS record_id, given(site_id) AS site_id, given(name) AS name,
           given(id_type) AS id_type, upper(replace(given(id_number), ' ', '')) AS id_number, given(sex) AS sex,
           given(birth_date) AS birth_date, given(phone) AS phone, given(residence_code) AS residence_code,
           given(address) AS address, given(population) AS population, given(beneficiary) AS beneficiary,
           upper(replace(given(related_id_number), ' ', '')) AS related_id_number, given(service_kind) AS service_kind,
           given(channel) AS channel, given(service_date) AS service_date, given(plan_id) AS plan_id,
           given(warning_level) AS warning_level, given(referred_to) AS referred_to, given(entered_at) AS entered_at,
           given(void) AS void
    FROM read_csv([$files], header = true, auto_detect = false, delim = ',', quote = '"', escape = '"',
                  columns = {$columns}, filename = true, nullstr = [$null_words], force_not_null = ['name', 'address'])
),
typed AS (
    SELECT c.*, t.code AS id_type_code, s.code AS sex_code, b.code AS beneficiary_code, k.code AS kind_code, h.code AS channel_code,
           w.code AS warning_code,
           coalesce(p.code, CASE WHEN c.population IS NOT NULL AND p.code IS NULL THEN list_aggregate(list_transform(
               string_split_regex(c.population, '[、,;|/]'), lambda x: coalesce(population_words[trim(x)], '?')), 'string_agg', '|') END)
               AS population_codes,
           CASE WHEN c.void IN ($true_words) THEN true WHEN c.void IN ($false_words) THEN false END AS is_void,
           try_cast(c.birth_date AS DATE) AS born, try_cast(c.service_date AS DATE) AS served,
           try_cast(c.entered_at AS TIMESTAMP) AS entered,
           long_number(c.id_number) AS number, is_right(long_number(c.id_number)) AS number_right,
           is_right(long_number(c.related_id_number)) AS related_right,
           n.site_id IS NOT NULL AS site_known, o.org_id IS NOT NULL AS hospital_known, d.code IS NOT NULL AS residence_known
    FROM cell AS c
    CROSS JOIN (SELECT map(list(word), list(code)) AS population_words FROM word WHERE list = 'population')
    LEFT JOIN word AS t ON t.list = 'id_type' AND t.word = c.id_type
    LEFT JOIN word AS s ON s.list = 'sex' AND s.word = c.sex
    LEFT JOIN word AS b ON b.list = 'beneficiary' AND b.word = c.beneficiary
    LEFT JOIN word AS k ON k.list = 'service_kind' AND k.word = c.service_kind
    LEFT JOIN word AS h ON h.list = 'channel' AND h.word = c.channel
    LEFT JOIN word AS w ON w.list = 'warning' AND w.word = c.warning_level
    LEFT JOIN word AS p ON p.list = 'population' AND p.word = c.population
    LEFT JOIN known_site AS n ON n.county = c.county AND n.site_id = c.site_id
    LEFT JOIN known_hospital AS o ON o.org_id = c.referred_to
    LEFT JOIN known_division AS d ON d.code = c.residence_code
),
dated AS (
    SELECT *, born IN (DATE '0001-01-01', DATE '1900-01-01', DATE '2099-12-31', DATE '9999-12-31') AS born_nowhen,
           served IN (DATE '0001-01-01', DATE '1900-01-01', DATE '2099-12-31', DATE '9999-12-31') AS served_nowhen,
           (id_type IS NULL OR id_type_code = '01') AS resident
    FROM typed
)
SELECT county, file, record_id, site_id, name, coalesce(id_type_code, CASE WHEN id_type IS NULL THEN '01' END) AS id_type,
       number AS id_number, sex_code AS sex, CASE WHEN NOT born_nowhen THEN born END AS birth_date, phone, residence_code,
       address, population_codes AS population, beneficiary_code AS beneficiary, long_number(related_id_number) AS related_id_number,
       kind_code AS service_kind, channel_code AS channel, CASE WHEN NOT served_nowhen THEN served END AS service_date, plan_id,
       warning_code AS warning_level, referred_to, entered AS entered_at, coalesce(is_void, false) AS void,
       CASE WHEN is_void THEN 0 ELSE
       CASE WHEN record_id IS NULL THEN 1 ELSE 0 END
       + CASE WHEN site_id IS NULL THEN 2 ELSE 0 END
       + CASE WHEN name IS NULL THEN 4 ELSE 0 END
       + CASE WHEN sex IS NULL THEN 8 ELSE 0 END
       + CASE WHEN service_kind IS NULL THEN 16 ELSE 0 END
       + CASE WHEN service_date IS NULL OR served_nowhen THEN 32 ELSE 0 END
       + CASE WHEN beneficiary_code = 'family' AND related_id_number IS NULL THEN 64 ELSE 0 END
       + CASE WHEN birth_date IS NOT NULL AND born IS NULL AND NOT regexp_full_match(birth_date, '\d{4}(-\d{2})?') THEN 128 ELSE 0 END
       + CASE WHEN service_date IS NOT NULL AND served IS NULL THEN 256 ELSE 0 END
       + CASE WHEN entered_at IS NOT NULL AND entered IS NULL THEN 512 ELSE 0 END
       + CASE WHEN void IS NOT NULL AND is_void IS NULL THEN 1024 ELSE 0 END
       + CASE WHEN length(name) > 50 THEN 2048 ELSE 0 END
       + CASE WHEN NOT born_nowhen AND born NOT BETWEEN DATE '1900-01-01' AND DATE '$as_of' THEN 4096 ELSE 0 END
       + CASE WHEN NOT served_nowhen AND served > DATE '$as_of' THEN 8192 ELSE 0 END
       + CASE WHEN NOT residence_known AND NOT regexp_full_match(residence_code, '\d{2}|\d{4}|\d{6}|\d{9}|\d{12}') THEN 16384 ELSE 0 END
       + CASE WHEN id_type IS NOT NULL AND id_type_code IS NULL THEN 32768 ELSE 0 END
       + CASE WHEN sex IS NOT NULL AND sex_code IS NULL THEN 65536 ELSE 0 END
       + CASE WHEN beneficiary IS NOT NULL AND beneficiary_code IS NULL THEN 131072 ELSE 0 END
       + CASE WHEN service_kind IS NOT NULL AND kind_code IS NULL THEN 262144 ELSE 0 END
       + CASE WHEN channel IS NOT NULL AND channel_code IS NULL THEN 524288 ELSE 0 END
       + CASE WHEN warning_level IS NOT NULL AND warning_code IS NULL THEN 1048576 ELSE 0 END
       + CASE WHEN contains(population_codes, '?') THEN 2097152 ELSE 0 END
       + CASE WHEN site_id IS NOT NULL AND NOT site_known THEN 4194304 ELSE 0 END
       + CASE WHEN resident AND NOT number_right AND NOT is_damaged(id_number) THEN 8388608 ELSE 0 END
       + CASE WHEN related_id_number IS NOT NULL AND NOT related_right AND NOT is_damaged(related_id_number) THEN 16777216 ELSE 0 END
       + CASE WHEN resident AND NOT number_right AND is_damaged(id_number) THEN 33554432 ELSE 0 END
       + CASE WHEN related_id_number IS NOT NULL AND NOT related_right AND is_damaged(related_id_number) THEN 67108864 ELSE 0 END
       + CASE WHEN resident AND number_right AND NOT born_nowhen AND substr(number, 7, 8) <> strftime(born, '%Y%m%d') THEN 134217728 ELSE 0 END
       + CASE WHEN resident AND number_right AND sex_code IN ('1', '2')
                   AND (sex_code = '1') <> (CAST(substr(number, 17, 1) AS INTEGER) % 2 = 1) THEN 268435456 ELSE 0 END
       + CASE WHEN NOT regexp_full_match(phone, '1\d{10}|0[1-9]\d{1,2}-?\d{7,8}') THEN 536870912 ELSE 0 END
       + CASE WHEN born_nowhen THEN 1073741824 ELSE 0 END
       + CASE WHEN served_nowhen THEN 2147483648 ELSE 0 END
       + CASE WHEN NOT residence_known AND regexp_full_match(residence_code, '\d{2}|\d{4}|\d{6}|\d{9}|\d{12}') THEN 4294967296 ELSE 0 END
       + CASE WHEN referred_to IS NOT NULL AND NOT hospital_known THEN 8589934592 ELSE 0 END
       END AS faults
FROM dated;

-- Keys are unique within a county: the same row again is a repeat, not a fault.
CREATE TABLE repeated AS SELECT county, record_id FROM checked GROUP BY county, record_id HAVING count(*) > 1;

COPY (SELECT * EXCLUDE (faults) FROM checked WHERE faults & (SELECT sum(1::BIGINT << bit) FROM rule WHERE severity = 'error')::BIGINT = 0)
TO '$folder/accepted.parquet';
COPY (SELECT c.county, c.file, c.record_id, r.field, r.code, r.severity
      FROM (SELECT * FROM checked WHERE faults <> 0) AS c JOIN rule AS r ON c.faults & (1::BIGINT << r.bit) <> 0)
TO '$folder/rejects.parquet';
