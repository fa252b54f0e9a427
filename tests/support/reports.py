"""Three short reports in Indonesian: one, the same in other words, and one of something else."""

BRIDGE = (
    "Gubernur Laras Maheswari meresmikan jembatan gantung di Desa Randusari pada Selasa. Jembatan "
    "sepanjang seratus meter itu menghubungkan dua kampung nelayan. Warga dulu menyeberang dengan "
    "rakit bambu yang sering hanyut."
)
BRIDGE_REWORDED = (
    "Jembatan gantung Desa Randusari kini diresmikan oleh Gubernur Laras Maheswari. Dua kampung "
    "nelayan terhubung oleh jembatan yang panjangnya seratus meter. Sebelumnya rakit bambu dipakai "
    "menyeberang dan sering hanyut."
)
SALT = (
    "Harga garam di {place} turun karena panen melimpah. Petambak meminta pemerintah membeli "
    "garam mereka. Gudang koperasi sudah penuh sejak bulan lalu."
)
