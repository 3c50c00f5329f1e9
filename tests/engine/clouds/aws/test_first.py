import time
from tests.engine.clouds.aws.programs import Cluster
def test_first(stack, cloud):
    import pprint
    t=time.time()
    p=stack.preview(Cluster()); print("preview", time.time()-t); 
    try:
        r=stack.up(Cluster())
    except Exception as e:
        print(e); raise
    print("up",time.time()-t, r.outputs)
    pprint.pprint(cloud.plane.world())
    p=stack.preview(Cluster()); print("preview", time.time()-t, p.changed())
    r=stack.refresh(); print("refresh", time.time()-t, r.changed())
    p=stack.preview(Cluster()); print("preview after refresh", time.time()-t, p.changed())
    r=stack.up(Cluster(nodes=3)); print("scale", time.time()-t, r.changed())
    r=stack.destroy(); print("destroy", time.time()-t)
    pprint.pprint(cloud.plane.world())
    assert 0
