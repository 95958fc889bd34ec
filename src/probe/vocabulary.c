#include "probe/vocabulary.h"

#include <pthread.h>
#include <string.h>

/* Stems with the same meaning, separated by `|`. */
struct group {
  enum topic topic;
  enum condition condition;
  const char *stems;
};

static const struct group groups[] = {
    {TOPIC_MONEY, CONDITION_NONE,
     "quota|balance|credit|fund|budget|spend|billing|payment|paid |allowance|"
     "free tier|trial|usage limit|usage cap|cost|wallet|prepaid|prepay|deposit|"
     "invoice|money|daily limit|weekly limit|monthly limit|hard limit|"
     "resource pack|guthaben|kontingent|kuota|kredi|bakiye|saldo|crédit|"
     "cuota|solde|баланс|средств|квот|额度|余额|配额|限额|账单|费用|资源包|"
     "预算|金额|积分|点数|"
     "试用|用量|bill |bills |free allocation|daily allocation|"
     "monthly allocation|số dư|hạn mức|tín "
     "dụng|額度|餘額|配額|残高|クレジット|잔액|크레딧|할당량|inference "
     "limit|set limit|daily request limit|monthly request limit|total request "
     "limit|使用上限|次数上限"},
    {TOPIC_MONEY, CONDITION_OVERDUE, "arrear|good standing|unpaid|欠费|欠費"},
    {TOPIC_MONEY, CONDITION_TOO_LOW,
     "top up|recharge|充值|not enough quota|extra usage"},
    {TOPIC_MONEY, CONDITION_USED_UP,
     "hết hạn mức|đã hết hạn mức|quota failed|credits error|billing "
     "error|payment fail|payment declin|"
     "card declin|card was declin|invalid payment|invalid "
     "card|次数已达|次数已用|calls month|calls per month|requests month|"
     "requests per month"},
    {TOPIC_PLAN, CONDITION_NONE,
     "subscription|subscribe|plan |plans |membership|coding plan|套餐|订阅|"
     "訂閱|会员"},
    {TOPIC_KEY, CONDITION_NONE,
     "api key|apikey|key |keys |access key|secret key|api secret|token |"
     "access token|credential|bearer|jwt |session |schlüssel|clave|chave|clé|"
     "توکن|anahtar|ключ|токен|令牌|密钥|秘钥|密鑰|金鑰|凭证|キー|トークン|"
     "토큰|api 키|khóa |khoá |subscription key|password|username"},
    {TOPIC_AUTH, CONDITION_NONE,
     "authentic|authoriz|auth |login|log in|身份|认证|鉴权|授权|登录|認證"},
    {TOPIC_NONE, CONDITION_NONE,
     "no credits were|no credit was|no tokens were|no charge|concurrency slot|"
     "model produced|model returned|model generated|model output"},
    {TOPIC_AUTH, CONDITION_NONE,
     "authentication param|authorization param|authorization 参数"},
    {TOPIC_AUTH, CONDITION_INVALID,
     "signature does not match|signature not match|"
     "signature cannot be verified|签名错误|签名验证失败|验签失败|"
     "签名不匹配|签名无效"},
    {TOPIC_KEY, CONDITION_MISSING,
     "user not found|no such user|account not "
     "found|用户不存在|账户不存在|账号不存在"},
    {TOPIC_AUTH, CONDITION_FAILED,
     "unauthorized|unauthorised|unauthorization|un authorization|un auth |"
     "unauthenticated|not authenticated|未登录|未认证"},
    {TOPIC_MODEL, CONDITION_NONE,
     "model|modèle|mô hình|модел|deployment|模型|モデル|모델|model parameter|"
     "model field|parameter model|param model|field model|argument model"},
    {TOPIC_MODEL, CONDITION_MISSING,
     "no endpoints found|no allowed providers|llm provider not|"
     "invalid endpoint not found|not found for account"},
    {TOPIC_MODEL, CONDITION_UNSUPPORTED,
     "does not support model|does not support the model|"
     "does not support this model|dont support model|"
     "dont support the model|dont support this model|not support model|"
     "not support the model|not support this model|model not support "},
    {TOPIC_RATE, CONDITION_NONE,
     "rate limit|ratelimit|rate quota|request rate|throttl|too many request|"
     "too many concurrent|concurren|request limit|requests limit|"
     "quá nhiều yêu cầu|slow down|zu viele anfragen|"
     "demasiadas solicitudes|muitas requisições|trop de requêtes|"
     "слишком много "
     "запросов|限流|限频|请求数限制|请求次数|频率|速率|并发|频繁|请求过多|"
     "请求数过多|"
     "頻率|頻繁|レート制限|リクエストが多すぎ|요청이 너무 많"},
    {TOPIC_RATE, CONDITION_TOO_MANY,
     "requests per|request per|per minute|per second|per min |rpm |tpm |qps |"
     "qpm |calls per|calls minute|calls min |calls second|"
     "requests minute|requests min |requests second|gauge quota|每分钟|"
     "每秒|too frequent"},
    {TOPIC_PERMISSION, CONDITION_NONE,
     "permission|access |quyền|privilege|scope|whitelist|allowlist|ip "
     "|权限|访问|"
     "白名单|權限"},
    {TOPIC_PERMISSION, CONDITION_DENIED,
     "no access|not have access|doesnt have access|dont have access|"
     "not have permission|not authorized|not authorised|only authorized|"
     "only authorised|not allowed for this organi|"
     "not allowed for your organi|无权|没有权限|無權"},
    {TOPIC_PERMISSION, CONDITION_REQUIRED, "must be verified|实名"},
    {TOPIC_PERMISSION, CONDITION_DISABLED,
     "service not activated|service is not activated|"
     "service not enabled|service is not enabled|服务未开通|未开通服务"},
    {TOPIC_REGION, CONDITION_NONE,
     "region|country|countries|territor|location|geograph|地区|国家|区域|"
     "地域|地區|ubicación|localização|geográf"},
    {TOPIC_ACCOUNT, CONDITION_NONE,
     "account|user |users |organization|organisation|team |project |"
     "workspace|consumer|tài khoản|账户|账号|帐户|帐号|用户|组织|帳號|帳戶"},
    {TOPIC_PARAMETER, CONDITION_NONE,
     "parameter|param |params |field|argument|propert|json|body|input|prompt|"
     "schema|payload|content type|context length|context size|context window|"
     "max token|max completion token|max output token|stream option|"
     "temperature|参数|字段|请求体|上下文|參數|パラメータ|매개변수|параметр|"
     "parámetro|paramètre"},
    {TOPIC_PARAMETER, CONDITION_INVALID,
     "extra input|extra forbidden|unexpected token|unexpected key|"
     "unexpected param|unexpected field|unexpected argument|"
     "unexpected propert|unexpected value|unrecognized key|"
     "unrecognized request|unknown key"},
    {TOPIC_PARAMETER, CONDITION_UNSUPPORTED, "does not support|doesnt support"},
    {TOPIC_PARAMETER, CONDITION_INVALID_REQUEST,
     "invalid params|invalid parameters|invalid arguments"},
    {TOPIC_PATH, CONDITION_NONE,
     "path |route|url |uri |endpoint|method|resource|api version|路径|路由|"
     "接口|资源|请求方法|page "},
    {TOPIC_PATH, CONDITION_INVALID,
     "unexpected endpoint|unexpected method|unexpected path|unexpected url|"
     "unexpected route"},
    {TOPIC_PATH, CONDITION_MISSING, "cannot post|cannot get"},
    {TOPIC_NONE, CONDITION_INVALID_REQUEST, "invalid request |bad request "},
    {TOPIC_NONE, CONDITION_NONE, "not found error"},
    {TOPIC_UPSTREAM, CONDITION_NONE,
     "upstream|provider |providers |backend|accounts |上游"},
    {TOPIC_UPSTREAM, CONDITION_MISSING,
     "no available account|no account available|no accounts available|"
     "no instance|no available instance|no available worker|no worker|"
     "no healthy|无可用账号|无可用的账号|没有可用账号|没有可用的账号|"
     "无可用账户|没有可用的账户"},
    {TOPIC_CHANNEL, CONDITION_NONE, "channel|渠道|通道|供应商|服务商"},
    {TOPIC_CHANNEL, CONDITION_MISSING,
     "no provider|no available provider|no healthy provider"},
    {TOPIC_UPSTREAM, CONDITION_FAILED,
     "bad gateway|gateway time|bad response|healthy upstream|connect error|"
     "connection error|connection refused|connection reset|econnre|"
     "fetch failed|name resolution|getaddrinfo|enotfound|etimedout|"
     "socket hang up|dial tcp|no such host|do request failed"},
    {TOPIC_CAPACITY, CONDITION_NONE,
     "capacity|server |servers |service|system|服务|系统"},
    {TOPIC_CAPACITY, CONDITION_BUSY,
     "no capacity|service unavailable|service not available|"
     "service is unavailable|service is not available|server unavailable|"
     "unavailable service|服务不可用|系统不可用|资源不足|loading model|model "
     "is loading|is currently "
     "loading|still loading|degraded|正在加载|加载中"},
    {TOPIC_YOU, CONDITION_NONE, "you |your |您|你"},
    {TOPIC_NONE, CONDITION_USED_UP,
     "exceed|exhaust|used up|use up|used all|spent|deplet|reach|ran out|"
     "run out|running out|out of |over limit|over the limit|over your|"
     "hit your|hit the|consumed|erschöpft|aufgebraucht|überschritten|"
     "erreicht|habis|tüken|agotad|excedid|esgotad|épuis|dépass|исчерпан|превыш|"
     "用尽|用完|耗尽|使用完|"
     "超出|超过|超限|达到|已达|đã hết |vượt "
     "quá|用盡|耗盡|超過|達到|使い切|초과|소진"},
    {TOPIC_NONE, CONDITION_TOO_LOW,
     "insufficient|not enough|not have enough|dont have enough|"
     "not sufficient|"
     "không đủ|too low|low |below|negative|lack|insuficient|insuffisan|"
     "nicht ausreichend|недостаточн|不足|不够|不夠|过低|부족"},
    {TOPIC_NONE, CONDITION_OVERDUE, "overdue|past due|逾期"},
    {TOPIC_NONE, CONDITION_EXPIRED,
     "expir|lapsed|đã hết hạn|hết "
     "hạn|caducad|vencid|abgelaufen|истек|истёк|просроч|منقضی|kedaluwarsa|"
     "süresi dol|过期|到期|失效|過期|期限切れ|期限が切れ|만료"},
    {TOPIC_NONE, CONDITION_INVALID,
     "invalid|incorrect|wrong|malformed|not valid|isnt valid|no "
     "longer valid|"
     "illegal|bad |leaked|compromised|revoked|not recogni|unrecogni|mismatch|"
     "inválid|ungültig|tidak valid|geçersiz|نامعتبر|неверн|недействит|"
     "некоррект|无效|不正确|不合法|非法|"
     "không hợp lệ|không đúng|有误|無效|不正確|無効|유효하지|잘못된|not a "
     "valid|not match|invalid or "
     "expired|expired or invalid|无效或已过期|无效或过期|过期或无效"},
    {TOPIC_NONE, CONDITION_MISSING,
     "missing|not found|no such|not exist|doesnt exist|unknown|"
     "not provide|didnt provide|not received|not sent|not supplied|no |"
     "no available|without a |without any |without api|without key|"
     "without token|without auth|without credential|cannot find|"
     "cant find|could not find|couldnt find|cannot be found|empty|no existe|"
     "no encontrad|não existe|não encontrad|nexiste|introuvable|"
     "không tìm thấy|không tồn tại|không có |existiert nicht|nicht "
     "gefunden|fehlt|не найден|не существует|отсутств|"
     "不存在|未找到|找不到|缺少|没有|未提供|未收到|未知|未配置|为空|无可用|"
     "無可用|"
     "沒有|見つかりません|存在しません|찾을 수 없|존재하지|not have any|doesnt "
     "have any|dont have any"},
    {TOPIC_NONE, CONDITION_UNSUPPORTED,
     "not supported|unsupported|not available|isnt available|unavailable|"
     "no longer available|no longer supported|not offered|deprecat|"
     "decommission|retired|discontinued|end of life|end of its life|"
     "không hỗ trợ|không được hỗ trợ|не поддерживается|"
     "nicht unterstützt|nicht verfügbar|no disponible|"
     "no es compatible|不支持|不可用|下线|"
     "下架|废弃|不支援"},
    {TOPIC_NONE, CONDITION_DENIED,
     "denied|deny|forbidden|not allowed|isnt allowed|not permitted|disallow|"
     "restricted|blocked|prohibit|bị từ "
     "chối|拒绝|禁止|不允许|受限|被限制|拒絕"},
    {TOPIC_NONE, CONDITION_DISABLED,
     "disabled|deactivat|suspend|terminat|banned|frozen|not active|"
     "isnt active|inactive|been removed|was removed|is removed|sunset|"
     "fade out|faded out|phased out|bị khóa|bị vô hiệu|not activated|not "
     "enabled|locked|cancel|deleted|"
     "禁用|封禁|停用|冻结|吊销|未激活|未开通|未开放|未启用|状态不可用|锁定|"
     "已关闭"},
    {TOPIC_NONE, CONDITION_TOO_MANY, "too many|too fast|过多|过快|过高"},
    {TOPIC_NONE, CONDITION_BUSY,
     "busy|overload|saturat|at capacity|over capacity|"
     "temporarily unavailable|temporarily not available|"
     "currently unavailable|high demand|heavy load|high load|congest|繁忙|"
     "饱和|过载|拥挤|负载过高|负载较高|访问量过大|暂时不可用|暂不可用|混雑"},
    {TOPIC_NONE, CONDITION_TIMED_OUT,
     "timed out|timing out|timeout|time out|deadline "
     "exceeded|超时|逾時|タイムアウト"},
    {TOPIC_NONE, CONDITION_REQUIRED, "required|requires|must have|需要|必须"},
    {TOPIC_NONE, CONDITION_FAILED,
     "fail|error|unable to|unexpected error|unknown error|went "
     "wrong|abort|disconnect|refused|unreachable|exception|失败|错误|"
     "异常|出错|失敗|錯誤"},
    {TOPIC_NONE, CONDITION_WAIT, "again|retry|wait |thử lại|重试|再试"},
};

enum { GROUPS = sizeof groups / sizeof *groups };

/* --- index by first byte ------------------------------------------------- */

enum { STEMS_MAX = 1024, BYTES = 256 };

static struct indexed_stem {
  const char *text;
  struct meaning meaning;
} stems[STEMS_MAX];

/* The stems that start with `byte` are those from first_stem[byte] up to, but
 * not including, first_stem[byte + 1]. */
static size_t first_stem[BYTES + 1];

static size_t stem_length(const char *stem) { return strcspn(stem, "|"); }

static const char *next_stem(const char *stem) {
  stem += stem_length(stem);
  return *stem == '|' ? stem + 1 : NULL;
}

static void index_stems(void) {
  size_t count = 0;
  for (size_t byte = 0; byte < BYTES; byte++) {
    first_stem[byte] = count;
    for (size_t i = 0; i < GROUPS; i++)
      for (const char *stem = groups[i].stems; stem != NULL;
           stem = next_stem(stem))
        if ((unsigned char)*stem == byte && count < STEMS_MAX)
          stems[count++] = (struct indexed_stem){
              stem, {stem_length(stem), groups[i].topic, groups[i].condition}};
  }
  first_stem[BYTES] = count;
}

struct meaning vocabulary_find(const char *words) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  struct meaning longest = {.length = 0};
  size_t byte = (unsigned char)*words;
  pthread_once(&once, index_stems);
  for (size_t i = first_stem[byte]; i < first_stem[byte + 1]; i++)
    if (stems[i].meaning.length > longest.length &&
        strncmp(words, stems[i].text, stems[i].meaning.length) == 0)
      longest = stems[i].meaning;
  return longest;
}
