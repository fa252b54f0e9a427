"""A ferry that sinks, told in two languages, and a fire that is another event."""

FERRY = (
    "Feri Lintang Jaya tenggelam di Selat Karana pada Selasa malam. Nakhoda Bima Surendra tewas, "
    "dan dua puluh penumpang hilang. Nelayan dari desa Karana menolong penumpang. Menteri Ratih "
    "Kusumawati mengatakan badai menjadi penyebab, dan pelabuhan Sagara ditutup."
)
FERRY_LATER = (
    "Nakhoda feri Lintang Jaya, Bima Surendra, dimakamkan di Sagara. Feri itu tenggelam di Selat "
    "Karana. Menteri Ratih Kusumawati menyebut penumpang yang hilang masih dicari nelayan."
)
IN_ENGLISH = (
    "The ferry Lintang Jaya sank in the Karana strait on Tuesday night. Its captain, Bima "
    "Surendra, died and twenty passengers are missing. Fishermen of Karana village rescued "
    "passengers. The minister, Ratih Kusumawati, blamed a storm and closed the port of Sagara."
)
OTHER = (
    "The market of Kenanga in Wiranta burned down on Monday. Officers suspect a short circuit. "
    "Dozens of stalls were destroyed, and traders lost their goods, said the mayor, Yoga Pranata."
)
