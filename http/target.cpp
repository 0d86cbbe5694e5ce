#include "http/target.hpp"

#include <boost/url/encoding_opts.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

namespace dirsync::http {

bool read_target(std::string_view target, Request& request) {
    const auto parsed = boost::urls::parse_origin_form({target.data(), target.size()});
    if (!parsed) return false;
    const boost::urls::url_view& url = *parsed;
    request.path = url.path();
    for (const std::string segment : url.segments()) request.segments.push_back(segment);
    boost::urls::encoding_opts as_they_are;
    as_they_are.space_as_plus = false;
    for (const auto& parameter : url.params(as_they_are)) request.query[parameter.key] = parameter.value;
    return true;
}

}  // namespace dirsync::http
